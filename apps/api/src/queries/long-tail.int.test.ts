import {
  newId,
  type CommandId,
  type ConversationId,
  type ConversationView,
  type DeviceId,
  type Session,
} from '@parley/events';
import { openEventLog, type EventLog, type RedisEventLog } from '@parley/events/log';
import { archiveOf, lineageOf, openDatabase, type Database } from '@parley/read-models';
import { AppProcess } from '@parley/stack';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  accepted,
  createGroup,
  join,
  say,
  setUp,
  startServers,
  type ApiNode,
  type Servers,
} from '../testing/api-node.ts';
import { eventually } from '../testing/eventually.ts';
import { readConversationList } from './conversation-list.ts';

let servers: Servers;
let node: ApiNode;
let worker: AppProcess;
let database: Database;
let log: RedisEventLog;
let redis: Redis;
let alice: Session;
let bob: Session;
let group: ConversationId;

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode();
  worker = new AppProcess({ role: 'worker', env: servers.env });
  database = openDatabase(servers.mongo.url);
  log = await openEventLog({ url: servers.redis.url, archive: archiveOf(database), lineage: lineageOf(database) });
  redis = new Redis(servers.redis.url);
  alice = await setUp(node);
  bob = await join(node, alice, 'Bob');
});
beforeEach(async () => {
  group = await createGroup(node, alice, [bob]);
});
afterAll(async () => {
  await worker.kill();
  await log.close();
  redis.disconnect();
  await database[Symbol.asyncDispose]();
  await servers.close();
});

/** As fast as the log takes them. */
async function sayMany(who: Session, count: number): Promise<void> {
  const actor = { userId: who.user.userId, deviceId: newId<DeviceId>() };
  const body = JSON.stringify({ content: { suite: 'none', text: 'More.' } });
  const message = { type: 'message.sent', v: 1, actor, conversationId: group, at: Date.now(), body } as const;
  const rule = { rule: 'post', role: 'member' } as const;
  await Promise.all(
    Array.from({ length: count }, () => log.append({ ...message, commandId: newId<CommandId>(), rule })),
  );
}

async function unarchived(): Promise<number> {
  const [access] = await log.access(alice.user.userId, [group]);
  if (!access) throw new Error('There is no such conversation.');
  return access.conversation.head - access.conversation.unarchived + 1;
}

async function archiveAll(): Promise<void> {
  await worker.start();
  await eventually('all is archived', async () => (await unarchived()) === 0);
  await worker.kill();
}

/** @returns Alice's row of the group, how many of its events were read from the log for it, and in how many questions. */
async function row(access: EventLog['access'] = (...of) => log.access(...of)) {
  let [read, asked] = [0, 0];
  const counting: Pick<EventLog, 'access' | 'events' | 'shared'> = {
    access,
    shared: (...of) => log.shared(...of),
    events: async (id, from, to) => {
      const events = await log.events(id, from, to);
      if (id === group) [read, asked] = [read + events.length, asked + 1];
      return events;
    },
  };
  const list = await readConversationList({ database, log: counting, redis }, alice.user.userId);
  const found = list.conversations.find(({ conversationId }) => conversationId === group);
  if (!found) throw new Error('The conversation is not in the list.');
  return { found, read, asked };
}

const textOf = ({ last }: ConversationView): unknown => last?.body;
const body = (text: string) => ({ content: { suite: 'none', text } });

test('of a conversation that no worker ever saw, the list reads the creation and the newest 1,000 events', async () => {
  await sayMany(bob, 1_100);
  await say(node, bob, group, 'The last one.');
  const { found, read } = await row();
  expect(found).toMatchObject({ name: 'Work', with: [bob.user.userId], head: 1_102, unread: 100 });
  expect(textOf(found)).toEqual(body('The last one.'));
  expect(read).toBe(1_001);
});

test('of a long tail the newest 1,000 events are enough, also where they delete what was archived', async () => {
  const { epoch, seq } = await say(node, bob, group, 'Unread.');
  await archiveAll();
  await sayMany(alice, 1_100);
  expect((await row()).found).toMatchObject({ unread: 1 });
  await accepted(node, bob, { type: 'message.delete', conversationId: group, target: { epoch, seq } });
  const { found, read } = await row();
  expect(found).toMatchObject({ head: 1_103, unread: 0, last: { seq: 1_102 } });
  expect(read).toBe(1_000);
});

test('of a conversation whose row is at the head, nothing is read, also before the log knows that it is archived', async () => {
  await sayMany(bob, 10);
  const { found } = await row();
  await archiveAll();
  const late = await row(async (userId, ids) =>
    (await log.access(userId, ids)).map(
      (access) => access && { ...access, conversation: { ...access.conversation, unarchived: 1 } },
    ),
  );
  expect(late).toEqual({ found, read: 0, asked: 0 });
});
