import type { Session } from '@parley/events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { comeOnline } from '../presence/testing/come-online.ts';
import { accepted, createGroup, join, setUp, startServers, type ApiNode, type Servers } from '../testing/api-node.ts';

let servers: Servers;
let node: ApiNode;
let redis: Redis;
let people: [alice: Session, bob: Session, eve: Session];

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode();
  redis = new Redis(servers.redis.url);
  redis.on('error', () => undefined);
  const alice = await setUp(node);
  people = [alice, await join(node, alice, 'Bob'), await join(node, alice, 'Eve')];
});
afterAll(async () => {
  redis.disconnect();
  await servers.close();
});

const idOf = ({ user }: Session) => user.userId;

async function online(who: Session): Promise<readonly string[]> {
  const { status, body } = await node.call('online', {}, { token: who.accessToken });
  expect(status).toBe(200);
  return body.online;
}

test('C15: one is told of people with whom one shares a conversation; the directory of all is none', async () => {
  const [alice, bob, eve] = people;
  await comeOnline(redis, people.map(idOf));
  expect(await online(eve)).toEqual(people.map(idOf).sort());
  const conversationId = (await generalOf(alice)).conversationId;
  await accepted(node, eve, { type: 'conversation.leave', conversationId });
  expect(await online(eve)).toEqual([idOf(eve)]);
  expect(await online(alice)).toEqual([idOf(alice), idOf(bob)].sort());
  await createGroup(node, alice, [eve]);
  expect(await online(eve)).toEqual([idOf(alice), idOf(eve)].sort());
});

async function generalOf(who: Session) {
  const { body } = await node.call('conversations', {}, { token: who.accessToken });
  const [general] = body.conversations;
  if (!general) throw new Error('There is no channel where everybody lands.');
  return general;
}

test('with Redis away the question who is online is refused as unavailable', async () => {
  await servers.redis.stop();
  const answer = await node.call('online', {}, { token: people[0].accessToken });
  expect(answer).toMatchObject({ status: 503, problem: { code: 'unavailable' } });
});
