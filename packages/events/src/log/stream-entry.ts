import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { WireEvent } from '../contract/event.ts';
import type { Seq } from '../contract/ids.ts';
import type { LogEntry, UnreadableEntry } from './event-log.ts';
import { StoredEntry } from './stored-entry.ts';
import { typeOf } from './type-codes.ts';

/** An entry of a stream as Redis gives it: its id, then names and values in turn. */
export type RawStreamEntry = [Buffer, Buffer[]];

/** @returns n of an entry: ids are `n-0`. */
export function entryNumber(entry: RawStreamEntry): number {
  return Number.parseInt(entry[0].toString('latin1'), 10);
}

/** @returns the entry in clear fields, or what hinders that. */
export function readEntry(entry: RawStreamEntry): StoredEntry | UnreadableEntry {
  const fields: Record<string, Buffer> = {};
  for (let at = 0; at + 1 < entry[1].length; at += 2) {
    const [name, value] = [entry[1][at], entry[1][at + 1]];
    if (name && value) fields[name.toString('latin1')] = value;
  }
  const n = entryNumber(entry);
  const { t, v, c, q, a, u, d, i, s, b } = fields;
  if (!t || !v || !q || !a || !b) return { n, unreadable: 'a field is missing', fields };
  if (!isId(c) || !isId(u) || !isId(d) || !isId(i) || !isId(s)) return { n, unreadable: 'an id is broken', fields };
  const [version, seq, at] = [readNumber(v), readNumber(q), readNumber(a)];
  if (!(version >= 1 && seq >= 1 && at >= 0)) return { n, unreadable: 'a number is broken', fields };
  if (!isUtf8(b)) return { n, unreadable: 'the body is not UTF-8', fields };
  const ids = { conversation: c, user: u, device: d, command: i, salt: s };
  return new StoredEntry({ n, v: version, type: typeOf(t.toString()), seq, at, ...ids, content: b });
}

function isId(value: Buffer | undefined): value is Buffer {
  return value?.length === 16;
}

/** @returns the number that these decimal digits write; NaN for anything else. */
function readNumber(digits: Buffer): number {
  let number = digits.length > 0 && digits.length < 16 ? 0 : NaN;
  for (const digit of digits) number = digit >= 48 && digit <= 57 ? number * 10 + digit - 48 : NaN;
  return number;
}

/**
 * @returns the event as the wire carries it. One that was erased came back from the archive without its content; of a
 * body that is no JSON only the commitment can be told.
 */
export function wireEvent(entry: LogEntry): WireEvent {
  const { v, type, conversationId, at, actor, commandId } = entry;
  const header = { v, type, conversationId, seq: entry.seq as Seq, at, actor, commandId };
  const text = entry.body;
  if (text === '') return header;
  const body = parsed(text);
  if (body === undefined) {
    return { ...header, commitment: createHash('sha256').update(entry.salt).update(text).digest('base64url') };
  }
  return { ...header, salt: Buffer.from(entry.salt).toString('base64url'), body };
}

function parsed(text: string): WireEvent['body'] {
  try {
    return JSON.parse(text) as NonNullable<WireEvent['body']>;
  } catch {
    return undefined;
  }
}
