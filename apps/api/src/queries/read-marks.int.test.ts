import type { ConversationId, Epoch, Mark, Session, UserId } from '@parley/events';
import { openEventLog, type RedisEventLog } from '@parley/events/log';
import { archiveOf, lineageOf, marks, memberKey, openDatabase, type Database } from '@parley/read-models';
import { AppProcess } from '@parley/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGroup, join, say, setUp, startServers, type ApiNode, type Servers } from '../testing/api-node.ts';
import { eventually } from '../testing/eventually.ts';

let servers: Servers;
let node: ApiNode;
let worker: AppProcess;
let database: Database;
let log: RedisEventLog;
let alice: Session;
let bob: Session;
let group: ConversationId;

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode();
  worker = new AppProcess({ role: 'worker', env: servers.env });
  database = openDatabase(servers.mongo.url);
  log = await openEventLog({ url: servers.redis.url, archive: archiveOf(database), lineage: lineageOf(database) });
  alice = await setUp(node);
  bob = await join(node, alice, 'Bob');
  group = await createGroup(node, alice, [bob]);
  await worker.start();
});
afterAll(async () => {
  await worker.kill();
  await log.close();
  await database[Symbol.asyncDispose]();
  await servers.close();
});

const members = (who: Session) => node.call('members', {}, { token: who.accessToken, path: { conversationId: group } });

async function epochNow(): Promise<Epoch> {
  const { status, body } = await members(alice);
  expect(status).toBe(200);
  return body.epoch;
}

/** Raises a mark, and waits until it is kept and everything is archived. */
async function reads(who: Session, epoch: Epoch, read: number): Promise<void> {
  const token = who.accessToken;
  expect(await node.call('mark', { conversationId: group, epoch, read }, { token })).toMatchObject({ status: 200 });
  await eventually('the mark is kept', async () => {
    const _id = memberKey(group, who.user.userId);
    return (await database.collection(marks).findOne({ _id }))?.read === read;
  });
  await eventually('all is archived', async () => {
    const [access] = await log.access(who.user.userId, [group]);
    return access && access.conversation.unarchived > access.conversation.head;
  });
}

async function newEpoch(before: Epoch): Promise<Epoch> {
  await servers.redis.restart();
  return eventually('the log has a new epoch', async () => {
    const [access] = await log.access(alice.user.userId, [group]);
    return access && access.conversation.epoch !== before ? access.conversation.epoch : undefined;
  });
}

const markOf = (found: readonly Mark[], userId: UserId) => found.find((mark) => mark.userId === userId);

test('D7: with Redis away, members and list are answered also where marks are of an epoch before', async () => {
  for (const text of ['One.', 'Two.', 'Three.']) await say(node, bob, group, text);
  const first = await epochNow();
  await reads(alice, first, 3);
  const epoch = await newEpoch(first);
  const there = await members(alice);
  expect(markOf(there.body.marks, alice.user.userId)).toMatchObject({ epoch, read: 3 });

  await servers.redis.kill();
  const answer = await members(alice);
  expect(answer).toMatchObject({ status: 200, body: { epoch } });
  expect(answer.body.marks).toEqual(there.body.marks);
  const list = await node.call('conversations', {}, { token: alice.accessToken });
  const row = list.body.conversations.find(({ conversationId }) => conversationId === group);
  expect(row).toMatchObject({ read: 3, unread: 1, head: 4 });
});

test('G6: with Redis away, a mark on what the log lost is left out, of the members and of the list', async () => {
  // As if the present epoch had begun before what Alice has read.
  const { modifiedCount } = await database.db
    .collection('lineage')
    .updateMany({ order: { $gt: 1 } }, { $set: { began: 0 } });
  expect(modifiedCount).toBeGreaterThan(0);
  const answer = await members(bob);
  expect(answer.status).toBe(200);
  expect(markOf(answer.body.marks, alice.user.userId)).toBeUndefined();
  const list = await node.call('conversations', {}, { token: alice.accessToken });
  expect(list.body.conversations.find(({ conversationId }) => conversationId === group)).toMatchObject({ read: 0 });
});
