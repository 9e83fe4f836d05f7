import { partitionOf, type ConversationId, type HistoryPage, type Session } from '@parley/events';
import { archivedHead, deadLetters, idBuffer, lostSeqs, openDatabase, type Database } from '@parley/read-models';
import { AppProcess } from '@parley/stack';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGroup, join, say, setUp, startServers, type ApiNode, type Servers } from '../testing/api-node.ts';
import { eventually } from '../testing/eventually.ts';

let servers: Servers;
let node: ApiNode;
let worker: AppProcess;
let database: Database;
let redis: Redis;
let alice: Session;
let group: ConversationId;

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode();
  worker = new AppProcess({ role: 'worker', env: servers.env });
  database = openDatabase(servers.mongo.url);
  redis = new Redis(servers.redis.url);
  alice = await setUp(node);
  group = await createGroup(node, alice, [await join(node, alice, 'Bob')]);
});
afterAll(async () => {
  await worker.kill();
  redis.disconnect();
  await database[Symbol.asyncDispose]();
  await servers.close();
});

/** Breaks one field of the newest entry in the log, as a bad disk would. */
async function breakLast(field: string, value: string | Buffer): Promise<void> {
  const log = `{p${String(partitionOf(group)).padStart(2, '0')}}:log`;
  const [last] = await redis.xrevrangeBuffer(log, '+', '-', 'COUNT', 1);
  const [id, fields] = last ?? [Buffer.alloc(0), []];
  const changed = fields.map((part, at) =>
    at % 2 === 1 && String(fields[at - 1]) === field ? Buffer.from(value) : part,
  );
  // An entry can only be replaced behind a log that ends before it.
  await redis.xdel(log, String(id));
  const kept = await redis.xrangeBuffer(log, '-', '+');
  await redis.del(log);
  for (const [at, parts] of kept) await redis.xadd(log, String(at), ...parts);
  await redis.xadd(log, String(id), ...changed);
}

async function history(): Promise<HistoryPage> {
  const answer = await node.call('history', {}, { token: alice.accessToken, path: { conversationId: group } });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

/** What a reader gets: the seqs of events, and the places that hold none. */
function shape({ events, withheld }: Pick<HistoryPage, 'events' | 'withheld'>) {
  return { events: events.map(({ seq }) => seq), withheld: withheld.map(({ from, to }) => [from, to]) };
}

test('entries that can not be read leave a visible place in history and sync; all others are there', async () => {
  await say(node, alice, group, 'two');
  await breakLast('d', 'short');
  await say(node, alice, group, 'three');
  await say(node, alice, group, 'four');
  await breakLast('b', Buffer.from([0x7b, 0xff, 0x7d]));
  await say(node, alice, group, 'five');
  await breakLast('b', '{"content":');
  await say(node, alice, group, 'six');
  await breakLast('u', 'nobody');
  await worker.start();
  await eventually('the broken ones are in the dead letters', async () => {
    const { conversation, letters } = { conversation: idBuffer(group), letters: database.collection(deadLetters) };
    const found = await letters.find({ seq: { $in: [2, 4, 5, 6] } }).toArray();
    return (
      found.filter((letter) => letter.conversation?.buffer && conversation.equals(letter.conversation.buffer))
        .length === 4
    );
  });
  expect(await archivedHead(database, group)).toBe(5);
  // What is there is not lost, whoever may have missed it a moment ago.
  expect(await lostSeqs(database, group, [1, 2, 3, 4, 5, 6])).toEqual([2, 4, 6]);
  const expected = {
    events: [1, 3, 5],
    withheld: [
      [2, 2],
      [4, 4],
      [6, 6],
    ],
  };
  const page = await history();
  expect(shape(page)).toEqual(expected);
  // No JSON, so nothing to show; the chain goes on over its commitment.
  expect(page.events.at(-1)).not.toHaveProperty('body');
  expect(page.events.at(-1)?.commitment).toMatch(/^[\w-]{43}$/);
  const { body } = await node.call('sync', { positions: {} }, { token: alice.accessToken });
  const synced = body.conversations.find(({ conversationId }) => conversationId === group);
  expect(synced && shape(synced)).toEqual(expected);
  expect(synced?.more).toBe(false);
});
