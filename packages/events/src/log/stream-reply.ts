import { isUtf8 } from 'node:buffer';
import type { RedisValues } from './redis-values.ts';
import type { UnreadableEntry } from './event-log.ts';
import { StoredEntry } from './stored-entry.ts';
import { readEntry, type RawStreamEntry } from './stream-entry.ts';
import { typeOf } from './type-codes.ts';

/** Where the fields of one entry lie, by the one letter of their names. */
const begins = new Int32Array(128);
const ends = new Int32Array(128);

const [T, V, C, Q, A, U, D, I, S, B] = Array.from('tvcqaudisb', (letter) => letter.charCodeAt(0)) as [
  ...[number, number, number, number, number],
  ...[number, number, number, number, number],
];

/** @returns the entries of an XRANGE reply: `readEntry` of each, only faster where nothing is wrong with it. */
export function readEntries(values: RedisValues): (StoredEntry | UnreadableEntry)[] {
  return Array.from({ length: values.array() }, () => {
    const before = values.place;
    const sound = readSound(values);
    if (sound) return sound;
    values.place = before;
    return readEntry(rawEntry(values));
  });
}

function readSound(values: RedisValues): StoredEntry | undefined {
  if (values.array() !== 2) return undefined;
  const idBegin = values.string();
  const n = decimal(values.bytesOfAll, idBegin, values.end - 2);
  if (values.array() !== 20) return undefined;
  const bytes = values.bytesOfAll;
  begins.fill(-1);
  for (let field = 0; field < 10; field += 1) {
    const name = values.string();
    if (name < 0 || values.end !== name + 1) return undefined;
    const letter = (bytes[name] ?? 0) & 127;
    begins[letter] = values.string();
    ends[letter] = values.end;
  }
  const [v, seq, at] = [numberOf(bytes, V), numberOf(bytes, Q), numberOf(bytes, A)];
  const [conversation, user, device] = [idOf(bytes, C), idOf(bytes, U), idOf(bytes, D)];
  const [command, salt, content] = [idOf(bytes, I), idOf(bytes, S), field(bytes, B)];
  const type = field(bytes, T);
  if (!(n >= 1 && v >= 1 && seq >= 1 && at >= 0) || !type || !content) return undefined;
  if (!conversation || !user || !device || !command || !salt || !isUtf8(content)) return undefined;
  const ids = { conversation, user, device, command, salt };
  return new StoredEntry({ n, v, type: typeOf(type.toString()), seq, at, ...ids, content });
}

function field(bytes: Buffer, letter: number): Buffer | undefined {
  const begin = begins[letter] ?? -1;
  return begin < 0 ? undefined : bytes.subarray(begin, ends[letter]);
}

function idOf(bytes: Buffer, letter: number): Buffer | undefined {
  return (ends[letter] ?? 0) - (begins[letter] ?? 0) === 16 ? field(bytes, letter) : undefined;
}

function numberOf(bytes: Buffer, letter: number): number {
  return decimal(bytes, begins[letter] ?? -1, ends[letter] ?? -1);
}

/** @returns the number that these digits write; NaN for anything else. */
function decimal(bytes: Buffer, begin: number, end: number): number {
  if (begin < 0 || end <= begin || end - begin > 15) return NaN;
  let number = 0;
  for (let at = begin; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return NaN;
    number = number * 10 + digit;
  }
  return number;
}

function rawEntry(values: RedisValues): RawStreamEntry {
  values.array();
  const id = values.bytes() ?? Buffer.alloc(0);
  const fields = Array.from({ length: values.array() }, () => values.bytes() ?? Buffer.alloc(0));
  return [id, fields];
}
