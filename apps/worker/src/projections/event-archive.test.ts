import { readFileSync } from 'node:fs';
import { newId, type CommandId, type ConversationId, type DeviceId, type UserId } from '@parley/events';
import { StoredEntry } from '@parley/events/log';
import { eventKey, idBinary, idBuffer } from '@parley/read-models';
import { Binary, BSON } from 'mongodb';
import { expect, test } from 'vitest';
import { BsonWriter } from '../projector/bson-writer.ts';
import { writeEvent } from './event-archive.ts';

const ids = {
  conversation: newId<ConversationId>(),
  user: newId<UserId>(),
  device: newId<DeviceId>(),
  command: newId<CommandId>(),
};

function entry(change: { n?: number; type?: string; body?: string } = {}): StoredEntry {
  const { n = 3, type = 'message.sent', body = '{"content":{"suite":"none","text":"grüße 👋"}}' } = change;
  const [conversation, user] = [idBuffer(ids.conversation), idBuffer(ids.user)];
  const rest = { device: idBuffer(ids.device), command: idBuffer(ids.command), salt: Buffer.alloc(16, 9) };
  const content = Buffer.from(body);
  return new StoredEntry({ n, v: 1, type, seq: 2, at: 1_790_000_000_123, conversation, user, ...rest, content });
}

function expected({ n, type, body }: StoredEntry, chain?: Buffer) {
  return {
    ...{ _id: eventKey(ids.conversation, 2), p: 7, n, v: 1, t: type, a: 1_790_000_000_123 },
    ...{ u: idBinary(ids.user), d: idBinary(ids.device), k: idBinary(ids.command) },
    w: idBinary(ids.conversation),
    ...{ e: new Binary(Buffer.alloc(8, 5)), s: new Binary(Buffer.alloc(16, 9)), b: body },
    ...(chain ? { h: new Binary(chain) } : {}),
    ...(type === 'message.sent' ? { m: true } : {}),
  };
}

test('an event is written byte for byte as the driver would write its document', () => {
  const chain = Buffer.alloc(32, 4);
  const cases = [
    { of: entry(), chain },
    { of: entry({ n: 2 ** 40, type: 'reaction.added', body: 'x'.repeat(3_000_000) }), chain },
    { of: entry({ type: 'a "foreign" type \u2028' }), chain: undefined },
  ];
  const writer = new BsonWriter();
  const epoch = Buffer.alloc(8, 5);
  for (const { of, chain: stamped } of cases) writeEvent(writer, of, { partition: 7, epoch, chain: stamped });
  const documents = cases.map(({ of, chain: stamped }) => BSON.serialize(expected(of, stamped)));
  expect(writer.documents).toBe(3);
  expect(writer.bytes.equals(Buffer.concat(documents))).toBe(true);
});

test('G15: an event is written today with the bytes that it had in the archive from the beginning', () => {
  const path = '../../../../packages/events/src/log/past-bytes/archived-event.json';
  const { bson } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { bson: string };
  const id = (end: string): Buffer => Buffer.from(`019000000000700080000000000000${end}`, 'hex');
  const past = new StoredEntry({
    ...{ n: 6, v: 1, type: 'message.sent', seq: 6, at: 1_795_000_000_005 },
    ...{ conversation: id('c3'), user: id('a1'), device: id('d4'), command: id('e5') },
    salt: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
    content: Buffer.from('{"content":{"suite":"none","text":"Grüße, Bob"}}'),
  });
  const writer = new BsonWriter();
  const chain = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
  writeEvent(writer, past, { partition: 3, epoch: Buffer.from('00000000000000ee', 'hex'), chain });
  expect(writer.bytes.toString('hex')).toBe(bson);
});
