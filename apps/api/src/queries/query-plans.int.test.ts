import { MongoClient, type Document } from 'mongodb';
import type { Session } from '@parley/events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createGroup,
  join,
  PASSWORD,
  say,
  setUp,
  startServers,
  type ApiNode,
  type Servers,
} from '../testing/api-node.ts';

let servers: Servers;
let node: ApiNode;
let mongo: MongoClient;
let [alice, bob]: (Session | undefined)[] = [];

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode();
  mongo = await new MongoClient(servers.mongo.url).connect();
  alice = await setUp(node);
  bob = await join(node, alice, 'Bob');
});
afterAll(async () => {
  await mongo.close();
  await servers.close();
});

/** @returns what MongoDB's profiler noted of the collections of the api while `work` was done. */
async function profiled(work: () => Promise<unknown>): Promise<Document[]> {
  const db = mongo.db();
  await db.command({ profile: 2 });
  try {
    await work();
  } finally {
    await db.command({ profile: 0 });
  }
  const noted = await db
    .collection('system.profile')
    .find({ planSummary: { $exists: true } })
    .toArray();
  await db.collection('system.profile').drop();
  return noted.filter(({ ns }) => !String(ns).endsWith('.system.profile'));
}

const scans = (noted: Document[]): Document[] =>
  noted.filter(({ planSummary }) => String(planSummary).includes('COLLSCAN'));
const collections = (noted: Document[]): Set<unknown> => new Set(noted.map(({ ns }) => String(ns).split('.')[1]));

test('E17: whatever accounts, invites, sessions and lists ask MongoDB is answered by an index', async () => {
  const token = alice?.accessToken ?? '';
  const noted = await profiled(async () => {
    if (!alice || !bob) throw new Error('Nobody is there.');
    const carol = await join(node, alice, 'Carol');
    const { body: invite } = await node.call('createInvite', { uses: 1, hours: 1 }, { token });
    await node.call('invite', {}, { path: { code: invite.code } });
    await node.call('signIn', { username: 'bob', password: PASSWORD, headless: true });
    await node.call('signIn', { username: 'nobody', password: PASSWORD, headless: true });
    await node.call('refresh', { refreshToken: bob.refreshToken ?? '' });
    // The same once more is a repetition, which is looked for by the family of the token.
    await node.call('refresh', { refreshToken: bob.refreshToken ?? '' });
    await node.call('signOut', {}, { token: carol.accessToken });
    const first = await node.call('users', { limit: 1 }, { token });
    await node.call('users', { limit: 1, after: first.body.next ?? '' }, { token });
    await node.call('users', { limit: 10, search: 'bo' }, { token });
    await node.call('users', { limit: 10, ids: bob.user.userId }, { token });
    await node.call('conversations', {}, { token });
    await node.call('channels', { limit: 10 }, { token });
    await node.call('channels', { limit: 10, search: 'gen' }, { token });
    const conversationId = await createGroup(node, alice, [bob]);
    await say(node, bob, conversationId, 'hello');
    await node.call('members', {}, { token, path: { conversationId } });
    await node.call('history', { limit: 10 }, { token, path: { conversationId } });
  });
  // It was really asked: a profiler that saw nothing proves nothing.
  expect([...collections(noted)]).toEqual(expect.arrayContaining(['users', 'invites', 'sessions', 'intents']));
  expect(scans(noted).map(({ ns, command }) => ({ ns: String(ns), command: JSON.stringify(command) }))).toEqual([]);
});

test('control: a question without an index is seen', async () => {
  const noted = await profiled(() => mongo.db().collection('users').findOne({ password: 'none' }));
  expect(scans(noted)).toHaveLength(1);
});
