import { newId, type CommandId, type ConversationId } from '@parley/events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { FaultProxy } from './testing/fault-proxy.ts';
import { nodePair } from './testing/node-pair.ts';
import { messageCommand, type TestClient } from './testing/test-client.ts';
import { person, startNode, type TestNode } from './testing/test-node.ts';

const pair = nodePair();
const { connect } = pair;
let redis: Redis;
/** In front of the tail of `slow`. */
let proxy: FaultProxy;
let slow: TestNode;
/** What its reading of the revocations waits for. */
let reading = Promise.resolve();

beforeAll(async () => {
  redis = new Redis(pair.backends.redis.url);
  proxy = await FaultProxy.to(pair.backends.redis.port);
  slow = await startNode(pair.backends, { fanOutUrl: proxy.url, reload: () => reading });
  await eventually(slow.ready, 'the third node is ready');
});

afterAll(async () => {
  await slow[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  redis.disconnect();
});

function remove(by: TestClient, conversationId: ConversationId, who: TestClient) {
  const { userId } = who.actor;
  return by.done({ type: 'member.remove', commandId: newId<CommandId>(), conversationId, userId });
}

test('G10: who enters a node whose tail is behind hears nothing from before the place of entry', async () => {
  const alice = await connect(pair.one);
  const carol = await connect(slow);
  const { conversationId } = await alice.createGroup([carol.actor]);
  await carol.holds(conversationId, 1);
  const eve = person();
  proxy.replyLatencyMs = 300;
  await Promise.all(Array.from({ length: 20 }, (_, n) => alice.send(conversationId, `Before Eve ${n}`)));
  const { userId } = eve;
  const added = await alice.done({
    type: 'member.add',
    commandId: newId<CommandId>(),
    conversationId,
    userId,
    role: 'member',
  });
  const entering = pair.client(slow, eve);
  await entering.ready();
  await alice.send(conversationId, 'For Eve too.');
  await Promise.all([carol.holds(conversationId, 23), entering.holds(conversationId, 23)]);
  proxy.replyLatencyMs = 0;
  const seqs = entering.frames.flatMap(({ events }) => events.map(({ seq }) => seq));
  expect(Math.min(...seqs)).toBeGreaterThanOrEqual(added.seq);
  expect(entering.texts(conversationId)).toEqual(['For Eve too.']);
});

test('G10: who is removed between the place of entry and its answer hears nothing from after the removal', async () => {
  await using link = await FaultProxy.to(pair.backends.redis.port);
  const late = await startNode(pair.backends, { redisUrl: link.url, fanOutUrl: pair.backends.redis.url });
  await eventually(late.ready, 'the node with the late answers is ready');
  const alice = await connect(pair.one);
  const carol = await connect(late);
  const eve = await connect(pair.two);
  const { conversationId } = await alice.createGroup([eve.actor, carol.actor]);
  await carol.holds(conversationId, 1);
  const markers = await countMarkers();
  link.replyLatencyMs = 500;
  const entering = pair.client(late, eve.actor);
  await eventually(async () => (await countMarkers()) > markers, 'Eve’s place is in the stream');
  const removed = await remove(alice, conversationId, eve);
  await Promise.all(Array.from({ length: 20 }, (_, n) => alice.send(conversationId, `After ${n}`)));
  await entering.ready();
  await alice.send(conversationId, 'Long after.');
  await carol.holds(conversationId, 23);
  link.replyLatencyMs = 0;
  const seqs = entering.frames.flatMap(({ events }) => events.map(({ seq }) => seq));
  expect(Math.max(0, ...seqs)).toBeLessThanOrEqual(removed.seq);
  expect(entering.texts(conversationId)).toEqual([]);
  await late[Symbol.asyncDispose]();
});

async function countMarkers(): Promise<number> {
  const entries = await redis.xrange('socket.io', '-', '+');
  return entries.filter(([, fields]) => fields.some((field) => field.startsWith('{"marker"'))).length;
}

test('G10: who is removed while present hears the removal, and nothing after it', async () => {
  const alice = await connect(pair.one);
  const eve = await connect(pair.two);
  const { conversationId } = await alice.createGroup([eve.actor]);
  await eve.holds(conversationId, 1);
  const sent = Array.from({ length: 50 }, (_, n) => alice.send(conversationId, `Before ${n}`));
  const removing = remove(alice, conversationId, eve);
  const after = Array.from({ length: 50 }, (_, n) => alice.send(conversationId, `After ${n}`));
  await Promise.all([...sent, ...after]);
  const removed = await removing;
  await alice.holds(conversationId, 102);
  await eve.holds(conversationId, removed.seq);
  const seqs = eve.frames.flatMap(({ events }) => events.map(({ seq }) => seq));
  expect(Math.max(...seqs)).toBe(removed.seq);
});

test('a hole in the fan-out takes everybody out, lets them in again and tells them to sync', async () => {
  const alice = await connect(pair.one);
  const bob = await connect(pair.two);
  const { conversationId } = await alice.createGroup([bob.actor]);
  await bob.holds(conversationId, 1);
  const before = pair.two.sockets.delivery.counts.holes;
  await redis.incr('fanout:n');
  await alice.send(conversationId, 'Behind the hole.');
  await eventually(() => bob.pushes.some(({ name }) => name === 'resync'), 'Bob is told to sync');
  expect(pair.two.sockets.delivery.counts.holes).toBe(before + 1);
  await bob.catchUp();
  await alice.send(conversationId, 'Live again.');
  await bob.holds(conversationId, 3);
});

test('G10: after a hole nobody enters and nothing is delivered before every revocation was read again', async () => {
  const alice = await connect(pair.one);
  const carol = await connect(slow);
  const { conversationId } = await alice.createGroup([carol.actor]);
  await carol.holds(conversationId, 1);
  const { holes } = slow.sockets.delivery.counts;
  const frames = carol.frames.length;
  let read: (() => void) | undefined;
  reading = new Promise((done) => (read = done));
  onTestFinished(() => read?.());
  await redis.incr('fanout:n');
  await alice.send(conversationId, 'Behind the hole.');
  await eventually(() => slow.sockets.delivery.counts.holes > holes, 'the node notices');
  expect(slow.sockets.reasons()).toEqual(['the revoked sessions are not loaded']);
  await expect(carol.once(messageCommand(conversationId, 'Too early.'))).rejects.toThrow('not_ready');
  for (let n = 0; n < 20; n += 1) await alice.send(conversationId, `Before it is known who may hear this ${n}`);
  // Another hole is noticed when the tail has come past all of these.
  await redis.incr('fanout:n');
  await alice.send(conversationId, 'Behind another hole.');
  await eventually(() => slow.sockets.delivery.counts.holes > holes + 1, 'the node has handled everything so far');
  expect(carol.frames).toHaveLength(frames);
  expect(carol.pushes.some(({ name }) => name === 'resync')).toBe(false);
  read?.();
  await eventually(() => carol.pushes.some(({ name }) => name === 'resync'), 'Carol is told to sync');
  await carol.catchUp();
  await carol.holds(conversationId, 23);
});

test('an entry that never came is noticed, and what it held comes by sync', async () => {
  const alice = await connect(pair.one);
  const carol = await connect(slow);
  const { conversationId } = await alice.createGroup([carol.actor]);
  await carol.holds(conversationId, 1);
  const holes = slow.sockets.delivery.counts.holes;
  // Held back until it is lost: nothing that was on its way survives the cut.
  proxy.replyLatencyMs = 60_000;
  await alice.send(conversationId, 'Lost on the way.');
  await redis.xtrim('socket.io', 'MAXLEN', 0);
  proxy.cut();
  proxy.replyLatencyMs = 0;
  await alice.send(conversationId, 'Arrives.');
  await eventually(() => slow.sockets.delivery.counts.holes > holes, 'the node notices');
  await eventually(() => carol.pushes.some(({ name }) => name === 'resync'), 'Carol is told');
  await carol.catchUp();
  await carol.holds(conversationId, 3);
});

test('G10: a deaf node takes no command and delivers nothing, and recovers by itself', async () => {
  const carol = await connect(slow);
  const { conversationId } = await carol.createGroup([person()]);
  await carol.holds(conversationId, 1);
  proxy.replyLatencyMs = 60_000;
  await eventually(() => slow.sockets.reasons().length > 0, 'the node is deaf');
  await expect(carol.once(messageCommand(conversationId, 'Hello?'))).rejects.toThrow('not_ready');
  proxy.cut();
  proxy.replyLatencyMs = 0;
  await eventually(() => carol.pushes.some(({ name }) => name === 'resync'), 'the node hears again');
  await carol.send(conversationId, 'Hello!');
  await carol.holds(conversationId, 2);
});

test('trap 12: connections that silently died are noticed and the fan-out goes on', async () => {
  const alice = await connect(pair.one);
  const carol = await connect(slow);
  const { conversationId } = await alice.createGroup([carol.actor]);
  await carol.holds(conversationId, 1);
  proxy.blackholeOpen();
  await alice.send(conversationId, 'Into the dark.');
  await carol.holds(conversationId, 2);
  await eventually(slow.ready, 'the tail is back');
  await alice.send(conversationId, 'Live again.');
  await carol.holds(conversationId, 3);
});
