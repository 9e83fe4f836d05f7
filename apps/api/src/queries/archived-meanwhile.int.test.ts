import {
  newId,
  type CommandId,
  type ConversationId,
  type ConversationView,
  type DeviceId,
  type Session,
  type WireEvent,
} from '@parley/events';
import { openEventLog, type Access, type EventLog, type RedisEventLog } from '@parley/events/log';
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
import { readHistory } from './history.ts';

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

async function accessOf(who: Session): Promise<Access> {
  const [access] = await log.access(who.user.userId, [group]);
  if (!access) throw new Error('There is no such conversation.');
  return access;
}

async function archiveAll(): Promise<void> {
  await worker.start();
  await eventually('all is archived', async () => {
    const { head, unarchived } = (await accessOf(alice)).conversation;
    return unarchived > head;
  });
  await worker.kill();
}

/** The log, with the worker at work just before one read of its events: the `call`th of the group's. */
function archivingBefore(call: number): Pick<EventLog, 'access' | 'events' | 'shared'> {
  let calls = 0;
  return {
    access: (userId, ids) => log.access(userId, ids),
    shared: (id, epoch) => log.shared(id, epoch),
    events: async (id, from, to): Promise<WireEvent[]> => {
      if (id === group) calls += 1;
      if (id === group && calls === call) await archiveAll();
      return log.events(id, from, to);
    },
  };
}

async function row(over: Pick<EventLog, 'access' | 'events' | 'shared'>): Promise<ConversationView | undefined> {
  const { conversations } = await readConversationList({ database, log: over, redis }, alice.user.userId);
  return conversations.find(({ conversationId }) => conversationId === group);
}

test('the list has a new conversation and its messages, also when they are archived while it is read', async () => {
  await say(node, bob, group, 'One.');
  await say(node, bob, group, 'Two.');
  const found = await row(archivingBefore(1));
  expect(found).toMatchObject({ head: 3, unread: 2, last: { seq: 3 } });
  expect(found).toEqual(await row(log));
});

test('the list has new messages of an archived conversation, also when they are archived while it is read', async () => {
  await say(node, bob, group, 'One.');
  await archiveAll();
  await say(node, bob, group, 'Two.');
  expect(await row(archivingBefore(1))).toMatchObject({ head: 3, unread: 2, last: { seq: 3 } });
});

test('C19: a long tail that is archived between two of its pieces hides no edit of a message on the page', async () => {
  const { epoch, seq } = await say(node, bob, group, 'Before.');
  const { userId } = bob.user;
  await Promise.all(
    Array.from({ length: 510 }, () =>
      log.append({
        type: 'message.sent',
        v: 1,
        actor: { userId, deviceId: newId<DeviceId>() },
        conversationId: group,
        commandId: newId<CommandId>(),
        at: Date.now(),
        body: JSON.stringify({ content: { suite: 'none', text: 'More.' } }),
        rule: { rule: 'post', role: 'member' },
      }),
    ),
  );
  const content = { suite: 'none' as const, text: 'After.' };
  await accepted(node, bob, { type: 'message.edit', conversationId: group, target: { epoch, seq }, content });
  const page = await readHistory({ database, log: archivingBefore(2) }, await accessOf(alice), { after: 1, limit: 5 });
  expect(page.events.map((event) => event.seq)).toEqual([2, 3, 4, 5, 6]);
  expect(page.overlays).toMatchObject([{ seq, edit: { content } }]);
});
