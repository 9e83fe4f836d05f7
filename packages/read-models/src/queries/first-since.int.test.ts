import { randomInt } from 'node:crypto';
import { newId, type CommandId, type ConversationId, type UserId, type VisibleInterval } from '@parley/events';
import { ephemeralMongo, type LocalServer } from '@parley/servers';
import { Binary } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventKey, idBinary } from '../binary-ids.ts';
import { openDatabase, type Database } from '../database.ts';
import { events, type EventDocument } from '../documents/events.ts';
import { migrate } from '../migrate.ts';
import { firstSince } from './first-since.ts';
import { isVisible } from './visible-seqs.ts';

const HEAD = 300;
const LAST_AT = 10_000;

/** Place and time of what is archived: some entries were lost, and some times are the same. */
interface Archived {
  readonly seq: number;
  readonly at: number;
}

let server: LocalServer;
let database: Database;
let places = 0;

beforeAll(async () => {
  server = await ephemeralMongo();
  database = openDatabase(server.url);
  await migrate(database);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server.stop();
});

async function archive(conversationId: ConversationId): Promise<Archived[]> {
  const times = Array.from({ length: HEAD }, () => 1 + randomInt(LAST_AT)).sort((a, b) => a - b);
  const all = times.flatMap((at, index) => (randomInt(8) === 0 ? [] : [{ seq: index + 1, at }]));
  // The neighbour's key comes right after or before this conversation's.
  const neighbour = `${conversationId.slice(0, -1)}${conversationId.endsWith('0') ? '1' : '0'}` as ConversationId;
  const others = [documentOf(neighbour, { seq: 1, at: LAST_AT })];
  await database.collection(events).insertMany([...others, ...all.map((one) => documentOf(conversationId, one))]);
  return all;
}

function documentOf(conversationId: ConversationId, { seq, at }: Archived): EventDocument {
  const user = idBinary(newId<UserId>());
  const ids = { u: user, d: user, k: idBinary(newId<CommandId>()), w: idBinary(conversationId) };
  const text = { s: new Binary(Buffer.alloc(16)), b: '{"content":{"suite":"none","text":"hello"}}' };
  const place = { p: 0, n: (places += 1), e: new Binary(Buffer.alloc(8)) };
  return { _id: eventKey(conversationId, seq), ...place, v: 1, t: 'message.sent', a: at, ...ids, ...text, m: true };
}

/** Random stretches of a member who left and came back some times. */
function stretches(): VisibleInterval[] {
  const edges = Array.from({ length: 1 + randomInt(6) }, () => 1 + randomInt(HEAD)).sort((a, b) => a - b);
  return edges.flatMap((from, at) => {
    if (at % 2 === 1) return [];
    const to = edges[at + 1];
    return [{ from, ...(to !== undefined && { to }) }];
  });
}

test('E18: the first event since a moment is the first that one may see, whatever was lost and whenever one was away', async () => {
  for (let round = 0; round < 6; round += 1) {
    const conversationId = newId<ConversationId>();
    const all = await archive(conversationId);
    const visible = round === 0 ? [{ from: 1 }] : stretches();
    const to = round % 2 === 0 ? HEAD : 1 + randomInt(HEAD);
    const seen = all.filter(({ seq }) => seq <= to && isVisible(visible, seq));
    const moments = [0, 1, LAST_AT, LAST_AT + 1, ...Array.from({ length: 40 }, () => randomInt(LAST_AT))];
    for (const since of [...moments, ...seen.slice(0, 10).map(({ at }) => at)]) {
      const wanted = seen.find(({ at }) => at >= since)?.seq;
      const found = await firstSince(database, { conversationId, visible, to, since });
      expect(found, `${since} in ${JSON.stringify(visible)} up to ${to}`).toBe(wanted);
    }
  }
});

test('E18: an empty archive and one who sees nothing have no such event', async () => {
  const nothing = { conversationId: newId<ConversationId>(), visible: [{ from: 1 }], to: 9, since: 0 };
  expect(await firstSince(database, nothing)).toBeUndefined();
  await archive(nothing.conversationId);
  expect(await firstSince(database, { ...nothing, visible: [] })).toBeUndefined();
});
