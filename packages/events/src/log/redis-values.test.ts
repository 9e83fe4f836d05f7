import { expect, test } from 'vitest';
import { RedisValues } from './redis-values.ts';
import { readEntries } from './stream-reply.ts';
import { readEntry, type RawStreamEntry } from './stream-entry.ts';

const bulk = (value: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`$${Buffer.byteLength(value)}\r\n`), Buffer.from(value as string), Buffer.from('\r\n')]);
const list = (...values: Buffer[]): Buffer => Buffer.concat([Buffer.from(`*${values.length}\r\n`), ...values]);

const id = (byte: number): Buffer => Buffer.alloc(16, byte);
const good = (): [string, string | Buffer][] => [
  ...([
    ['t', '6'],
    ['v', '1'],
    ['c', id(1)],
    ['q', '12'],
    ['a', '1790000000123'],
  ] satisfies [string, string | Buffer][]),
  ...([
    ['u', id(2)],
    ['d', id(3)],
    ['i', id(13)],
    ['s', id(10)],
  ] satisfies [string, string | Buffer][]),
  ['b', '{"content":{"suite":"none","text":"grüße 👋"}}'],
];
const changed = (name: string, value: string | Buffer): [string, string | Buffer][] =>
  good().map(([field, old]) => [field, field === name ? value : old]);

const entries: Record<string, [string, string | Buffer][]> = {
  'as they are written': good(),
  'in another order': good().reverse(),
  'with a field more': [...good(), ['z', 'new']],
  'without a field': good().slice(1),
  'with a foreign field': [['no', 'such'], ...good().slice(1)],
  'with a broken id': changed('u', id(2).subarray(1)),
  'with a broken number': changed('q', '1e3'),
  'with an empty number': changed('v', ''),
  'with a negative number': changed('q', '-1'),
  'with a number beyond all': changed('q', '9'.repeat(400)),
  'with a body that is not UTF-8': changed('b', Buffer.from([0x7b, 0xff, 0x7d])),
  'with a type as text': changed('t', 'poll.opened'),
  'with nothing': [],
};

function reply(fields: [string, string | Buffer][]): Buffer {
  return list(list(bulk('7-0'), list(...fields.flatMap(([name, value]) => [bulk(name), bulk(value)]))));
}

/** Everything that a reader can see of an entry. */
function seen(entry: ReturnType<typeof readEntry>) {
  if ('unreadable' in entry) return entry;
  const { n, v, type, seq, at, conversationId, actor, commandId, salt, body } = entry;
  return { n, v, type, seq, at, conversationId, actor, commandId, salt: Buffer.from(salt), body };
}

test.each(Object.entries(entries))('an entry %s is read the same in bulk, however its bytes arrive', (_, fields) => {
  const raw: RawStreamEntry = [Buffer.from('7-0'), fields.flat().map((part) => Buffer.from(part as string))];
  const bytes = reply(fields);
  for (const step of [1, 7, bytes.length]) {
    const values = new RedisValues(1, 8);
    for (let at = 0; at < bytes.length; at += step) {
      expect(values.push(bytes.subarray(at, at + step))).toBe(at + step >= bytes.length);
    }
    expect(readEntries(values).map(seen)).toEqual([seen(readEntry(raw))]);
  }
});

test('nothing, numbers, lists within lists and missing values are told apart', () => {
  const values = new RedisValues(4, 8);
  const bytes = Buffer.from('*3\r\n$-1\r\n$0\r\n\r\n:42\r\n*0\r\n+OK\r\n*1\r\n*1\r\n$2\r\nhi\r\n');
  expect(values.push(bytes)).toBe(true);
  expect([values.array(), values.text(), values.text(), values.text()]).toEqual([3, null, '', '42']);
  expect([values.array(), values.text()]).toEqual([0, 'OK']);
  expect([values.array(), values.array(), values.text()]).toEqual([1, 1, 'hi']);
  expect(() => values.text()).toThrow('less than was asked');
});

test('what Redis refuses, and what is not Redis at all, is an error', () => {
  expect(() => new RedisValues(2, 8).push(Buffer.from('-NOAUTH who are you?\r\n'))).toThrow('NOAUTH who are you?');
  expect(() => new RedisValues(1, 8).push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow('is not Redis');
});
