import { testServer, type ServerHandle } from '@parley/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, shown, texts } from './stack/people.ts';

/** Keeps nothing: it comes back empty. */
let fanout: ServerHandle;

beforeAll(async () => {
  ({ server: fanout } = await testServer('redis', { appendonly: 'no' }));
});
afterAll(() => fanout.stop());
const parley = parleyForFile(() => ({ apis: 2, workers: 2, fanout, jobs: true }));

const marks = { log: '{p[0-9][0-9]}:log', 'fan-out': 'socket.io', jobs: 'bull:*' };

/** What a server is used for, by the keys that it holds. */
async function rolesOf({ url }: ServerHandle): Promise<string[]> {
  const redis = new Redis(url);
  try {
    const keys = await Promise.all(Object.values(marks).map((pattern) => redis.keys(pattern)));
    return Object.keys(marks).filter((_, at) => (keys[at]?.length ?? 0) > 0);
  } finally {
    redis.disconnect();
  }
}

/** The seqs of a conversation in the order in which the fan-out holds them. */
async function relayedSeqs(conversationId: string): Promise<number[]> {
  const redis = new Redis(fanout.url);
  try {
    const entries = (await redis.xrange('socket.io', '-', '+')).map(([, fields]) => fields.join(' '));
    const broadcasts = entries.filter((text) => text.includes(`["events",{"conversationId":"${conversationId}"`));
    return broadcasts.flatMap((text) => [...text.matchAll(/"seq":(\d+),"at"/g)].map(([, seq]) => Number(seq)));
  } finally {
    redis.disconnect();
  }
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `message ${from + n}`);

it('A1, B1: with log, fan-out and jobs on three servers, two people on two nodes talk live in one order', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('launch');
  for (let n = 1; n <= 100; n += 1) {
    await say(alice, channel, `from Alice ${n}`);
    await say(bob, channel, `from Bob ${n}`);
  }
  await Promise.all([holds(alice, channel, 200), holds(bob, channel, 200)]);
  expect(shown(alice, channel)).toEqual(shown(bob, channel));
  expect(await rolesOf(parley.stack.redis)).toEqual(['log']);
  expect(await rolesOf(fanout)).toEqual(['fan-out']);
  expect(parley.stack.jobs && (await rolesOf(parley.stack.jobs))).toEqual(['jobs']);
});

it('B1, trap 5: a removal takes effect exactly between two messages, and who is added hears what comes after', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const carol = await parley.people.join('Carol', 1);
  const group = await alice.createGroup('inner circle', [bob.session.user.userId, carol.session.user.userId]);
  await Promise.all([alice, bob, carol].map((client) => opened(client, group)));
  for (const text of numbered(1, 20)) await say(alice, group, text);
  await Promise.all([alice, bob, carol].map((client) => holds(client, group, 20)));
  await alice.removeMember(group, carol.session.user.userId);
  for (const text of numbered(21, 40)) await say(alice, group, text);
  await holds(bob, group, 40);
  expect(texts(carol, group)).toEqual(numbered(1, 20));
  await alice.addMember(group, carol.session.user.userId);
  for (const text of numbered(41, 60)) await say(alice, group, text);
  await holds(bob, group, 60);
  await eventually('Carol hears what comes after', () => texts(carol, group).at(-1) === 'message 60');
  expect(texts(carol, group).filter((text) => numbered(21, 40).includes(text))).toEqual([]);
});

it('G1, G3: kill -9 of the workers under traffic, one after the other: everything arrives, live, once and in order', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const group = await alice.createGroup('relay', [bob.session.user.userId]);
  await Promise.all([opened(alice, group), opened(bob, group)]);
  for (const text of numbered(1, 50)) await say(alice, group, text);
  for (const [at, worker] of parley.stack.workers.entries()) {
    await worker.kill('SIGKILL');
    for (const text of numbered(51 + at * 50, 100 + at * 50)) await say(alice, group, text);
    await holds(bob, group, 100 + at * 50);
    await worker.start();
  }
  expect(texts(bob, group)).toEqual(numbered(1, 150));
  expect(shown(bob, group)).toEqual(shown(alice, group));
  expect(await relayedSeqs(group)).toEqual(Array.from({ length: 151 }, (_, at) => at + 1));
});

it('G3, G9: a worker that is frozen under traffic and goes on after its successor relays nothing twice', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const group = await alice.createGroup('frozen', [bob.session.user.userId]);
  await Promise.all([opened(alice, group), opened(bob, group)]);
  for (const [at, worker] of parley.stack.workers.entries()) {
    for (const text of numbered(1 + at * 40, 20 + at * 40)) await say(alice, group, text);
    await worker.kill('SIGSTOP');
    for (const text of numbered(21 + at * 40, 40 + at * 40)) await say(alice, group, text);
    await holds(bob, group, 40 + at * 40);
    await worker.kill('SIGCONT');
  }
  for (const text of numbered(81, 120)) await say(alice, group, text);
  await holds(bob, group, 120);
  expect(await relayedSeqs(group)).toEqual(Array.from({ length: 121 }, (_, at) => at + 1));
});

it('with all workers away nothing is heard live, a newcomer still gets everything, and the rest follows', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const group = await alice.createGroup('unattended', [bob.session.user.userId]);
  await Promise.all([opened(alice, group), opened(bob, group)]);
  await Promise.all(parley.stack.workers.map((worker) => worker.kill('SIGKILL')));
  for (const text of numbered(1, 20)) await say(alice, group, text);
  await eventually('all is sent', () => alice.waiting === 0);
  const again = await parley.people.device('Bob', 1);
  await eventually('the newcomer lists it', () => again.conversations.some((row) => row.conversationId === group));
  await opened(again, group);
  await holds(again, group, 20);
  await Promise.all(parley.stack.workers.map((worker) => worker.start()));
  await holds(bob, group, 20);
  expect(texts(bob, group)).toEqual(numbered(1, 20));
});

it('G5, G12: the fan-out is killed and comes back empty under traffic: a hole, a resync, and nothing is missing', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const group = await alice.createGroup('hole', [bob.session.user.userId]);
  await Promise.all([opened(alice, group), opened(bob, group)]);
  for (const text of numbered(1, 30)) await say(alice, group, text);
  await holds(bob, group, 30);
  await fanout.kill('SIGKILL');
  for (const text of numbered(31, 60)) await say(alice, group, text);
  await fanout.restart();
  await Promise.all([holds(alice, group, 60), holds(bob, group, 60)]);
  // Live again, and only for members.
  for (const text of numbered(61, 80)) await say(bob, group, text);
  await holds(alice, group, 80);
  expect(texts(bob, group)).toEqual(numbered(1, 80));
  expect(shown(alice, group)).toEqual(shown(bob, group));
});

it('G6, G12: the log is killed and comes back: a new epoch is relayed, and nothing is missing', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const group = await alice.createGroup('epoch', [bob.session.user.userId]);
  await Promise.all([opened(alice, group), opened(bob, group)]);
  for (const text of numbered(1, 30)) await say(alice, group, text);
  await holds(bob, group, 30);
  await parley.stack.redis.kill('SIGKILL');
  for (const text of numbered(31, 60)) await say(alice, group, text);
  await parley.stack.redis.restart();
  await Promise.all([holds(alice, group, 60), holds(bob, group, 60)]);
  expect(texts(bob, group)).toEqual(numbered(1, 60));
});

it('SIGTERM ends a worker cleanly, and the other one relays at once', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const group = await alice.createGroup('handover', [bob.session.user.userId]);
  await Promise.all([opened(alice, group), opened(bob, group)]);
  for (const [at, worker] of parley.stack.workers.entries()) {
    expect(await worker.kill('SIGTERM')).toBe(0);
    for (const text of numbered(1 + at * 20, 20 + at * 20)) await say(alice, group, text);
    await holds(bob, group, 20 + at * 20);
    await worker.start();
  }
  expect(await relayedSeqs(group)).toEqual(Array.from({ length: 41 }, (_, at) => at + 1));
});
