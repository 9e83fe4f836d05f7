import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WireEvent } from '../contract/event.ts';
import { RedisValues } from './redis-values.ts';
import { readEntry, wireEvent, type RawStreamEntry } from './stream-entry.ts';
import { readEntries } from './stream-reply.ts';

const bytes = new URL('./past-bytes/', import.meta.url);
const versions = new URL('../contract/past-versions/', import.meta.url);
const read = (folder: URL, name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

/** An entry as the log's stream once held it: values in hexadecimal. */
function stored(name: string): RawStreamEntry {
  const { id, fields } = read(bytes, `entry.${name}`) as { id: string; fields: Record<string, string> };
  const pairs = Object.entries(fields).flatMap(([field, value]) => [Buffer.from(field), Buffer.from(value, 'hex')]);
  return [Buffer.from(id), pairs];
}

/** @returns the same as a reply of the server (RESP2). */
function replied([id, fields]: RawStreamEntry): RedisValues {
  const bulk = (part: Buffer): Buffer[] => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')];
  const parts = [
    Buffer.from('*1\r\n*2\r\n'),
    ...bulk(id),
    Buffer.from(`*${fields.length}\r\n`),
    ...fields.flatMap(bulk),
  ];
  const values = new RedisValues(1, 64);
  values.push(Buffer.concat(parts));
  return values;
}

function event(entry: ReturnType<typeof readEntry> | undefined): WireEvent {
  if (!entry || 'unreadable' in entry) throw new Error(`It can't be read: ${entry?.unreadable ?? 'there is none'}.`);
  return wireEvent(entry);
}

describe('what the log has written', () => {
  it.each(readdirSync(versions))('G15: the bytes of %s are read for ever as the event that they were', (name) => {
    const expected = WireEvent.parse(read(versions, name));
    const raw = stored(name);
    expect(event(readEntry(raw))).toEqual(expected);
    expect(event(readEntries(replied(raw))[0])).toEqual(expected);
    expect(readEntry(raw).n).toBe(expected.seq);
  });
});
