import { readFileSync } from 'node:fs';
import { newId, WireEvent, type Partition, type UserId } from '@parley/events';
import { ephemeralMongo, type LocalServer } from '@parley/servers';
import { Binary, BSON } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveOf } from './archive.ts';
import { openDatabase, type Database } from './database.ts';
import { events, type EventDocument } from './documents/events.ts';
import { migrate } from './migrate.ts';
import { archivedHistory } from './queries/archived-history.ts';
import { countUnread } from './queries/unread-count.ts';

const fixtures = new URL('../../events/src/', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'));
const sent = WireEvent.parse(read('contract/past-versions/message.sent.v1.json'));
const { conversationId, actor, commandId } = sent;
let server: LocalServer;
let database: Database;

beforeAll(async () => {
  server = await ephemeralMongo();
  database = openDatabase(server.url);
  await migrate(database);
  const { bson } = read('log/past-bytes/archived-event.json') as { bson: string };
  // The validator of today must let it pass, too.
  await database.collection(events).insertOne(BSON.deserialize(Buffer.from(bson, 'hex')) as EventDocument);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server.stop();
});

test('G15: the bytes of an archived event are read for ever as the event that it was', async () => {
  const range = { conversationId, from: 1, to: 9, visible: [{ from: 1 }] };
  expect((await archivedHistory(database, range)).events).toEqual([sent]);
  const [entry] = await archiveOf(database).entriesAfter(3 as Partition, 5, 9);
  const { v, type, seq, at } = sent;
  const body = '{"content":{"suite":"none","text":"Grüße, Bob"}}';
  expect(entry).toMatchObject({ n: 6, v, type, conversationId, seq, at, actor, commandId, body });
  const stored = await database.collection(events).findOne({ p: 3, n: 6 });
  expect(stored?.h).toEqual(new Binary(Buffer.from(Array.from({ length: 32 }, (_, at) => at))));
});

test('G15: its receipt is found by its command, and it counts as unread for others', async () => {
  const receipt = { conversationId, epoch: '00000000000000ee', seq: sent.seq, at: sent.at };
  expect(await archiveOf(database).findReceipt(conversationId, actor.userId, commandId)).toMatchObject({ receipt });
  const range = { conversationId, visible: [{ from: 1 }], after: 0, to: 9 };
  expect(await countUnread(database, { ...range, userId: newId<UserId>() })).toBe(1);
  expect(await countUnread(database, { ...range, userId: actor.userId })).toBe(0);
});
