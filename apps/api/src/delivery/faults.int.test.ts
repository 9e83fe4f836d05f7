import { newId, type CommandId, type SocketReply } from '@parley/events';
import { ephemeralRedis, freePort } from '@parley/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_QUEUED_BYTES, queuedBytes, type QueueingSocket } from './slow-socket.ts';
import { startBackends, type Backends } from './testing/backends.ts';
import { eventually } from './testing/eventually.ts';
import { FaultProxy } from './testing/fault-proxy.ts';
import { TestClient } from './testing/test-client.ts';
import { person, startNode, type TestNode } from './testing/test-node.ts';

let backends: Backends;
let node: TestNode;

beforeAll(async () => {
  backends = await startBackends();
  node = await startNode(backends);
  await eventually(node.ready, 'the node is ready');
});

afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

async function connect(at: TestNode = node): Promise<TestClient> {
  return new TestClient(at, person()).ready();
}

test('G12 trap 10: Redis goes and comes back: typed refusals, then everybody is complete', async () => {
  const alice = await connect();
  const bob = await connect();
  const { conversationId } = await alice.createGroup([bob.actor]);
  await alice.send(conversationId, 'Before.');
  await backends.redis.kill();
  const commandId = newId<CommandId>();
  const content = { suite: 'none', text: 'During.' } as const;
  const during = { type: 'message.send', commandId, conversationId, content } as const;
  const next = { ...during, commandId: newId<CommandId>() };
  const result = await alice.ask('command', { commands: [during, next] });
  const refusals = result.ok
    ? result.reply.results.map((one) => 'refusal' in one && one.refusal.kind)
    : [result.refusal.kind];
  // The second is what a node says that has not heard the fan-out for a while.
  expect([['unavailable', 'waiting'], ['not_ready']]).toContainEqual(refusals);
  await backends.redis.restart();
  await eventually(async () => {
    const again = await alice.ask('command', { commands: [during] });
    return again.ok && again.reply.results.some((one) => 'receipt' in one);
  }, 'the message is taken');
  await eventually(node.ready, 'the node is ready again');
  await bob.holds(conversationId, 3);
  expect(bob.texts(conversationId)).toEqual(['Before.', 'During.']);
  await alice.send(conversationId, 'After.');
  await bob.holds(conversationId, 4);
  alice.close();
  bob.close();
});

test('G2: an append whose reply is lost is there once, and a retry elsewhere gets its receipt', async () => {
  await using proxy = await FaultProxy.to(backends.redis.port);
  const cut = await startNode(backends, { redisUrl: proxy.url });
  await eventually(cut.ready, 'the node behind the proxy is ready');
  const alice = await connect(cut);
  const { conversationId } = await alice.createGroup([person()]);
  proxy.dropReplies = true;
  const commandId = newId<CommandId>();
  const lost = await alice.ask('command', {
    commands: [{ type: 'message.send', commandId, conversationId, content: { suite: 'none', text: 'Heard?' } }],
  });
  expect(lost.ok && lost.reply.results[0]).toMatchObject({ refusal: { kind: 'unavailable' } });
  const elsewhere = await new TestClient(node, alice.actor).ready();
  const receipt = await elsewhere.send(conversationId, 'Heard?', commandId);
  expect(receipt.seq).toBe(2);
  await elsewhere.catchUp();
  expect(elsewhere.texts(conversationId)).toEqual(['Heard?']);
  alice.close();
  elsewhere.close();
  proxy.dropReplies = false;
  proxy.cut();
  await cut[Symbol.asyncDispose]();
});

test('trap 11: a node that starts before Redis is not ready, and gets ready by itself', async () => {
  const port = await freePort();
  const early = await startNode(backends, { redisUrl: `redis://127.0.0.1:${port}` });
  expect(early.sockets.reasons()).not.toEqual([]);
  const late = await ephemeralRedis({ port });
  await eventually(early.ready, 'it is ready');
  const alice = await connect(early);
  const { conversationId } = await alice.createGroup([person()]);
  await alice.holds(conversationId, 1);
  alice.close();
  await early[Symbol.asyncDispose]();
  await late.stop();
});

test('trap 30: a foreign page can not connect', async () => {
  const foreign = new TestClient(node, person(), { extraHeaders: { origin: 'https://evil.example' } });
  await expect(foreign.ready()).rejects.toThrow();
  const own = await new TestClient(node, person(), { extraHeaders: { origin: 'http://parley.test' } }).ready();
  own.close();
});

test('trap 30: what is too large or makes no sense is refused, and every session goes on', async () => {
  const alice = await connect();
  const bob = await connect();
  const { conversationId } = await alice.createGroup([bob.actor]);
  const raw = async (name: string, request: unknown): Promise<unknown> => {
    const answer = (await alice.socket.timeout(60_000).emitWithAck(name, request)) as SocketReply<unknown>;
    return answer.ok ? 'done' : answer.refusal.kind;
  };
  expect(await raw('command', { commands: [] })).toBe('invalid');
  expect(await raw('command', { commands: [{ type: 'message.send', conversationId }] })).toBe('invalid');
  expect(await raw('command', Buffer.from([1, 2, 3]))).toBe('invalid');
  expect(await raw('sync', { positions: { toString: 1 } })).toBe('invalid');
  expect(await raw('sync', JSON.parse('{"positions":{},"__proto__":{"x":1}}'))).toBe('invalid');
  expect(await raw('no such thing', {})).toBe('invalid');
  expect(await raw('constructor', {})).toBe('invalid');
  await expect(alice.send(conversationId, '\u0001'.repeat(8_000))).rejects.toThrow('too_large');
  expect(await raw('command', { commands: ['x'.repeat(300_000)] })).toBe('too_large');
  alice.socket.emit('command', { commands: ['x'.repeat(300_000)] });
  await alice.send(conversationId, 'Still here.');
  alice.socket.emit('command', { commands: ['x'.repeat(1_100_000)] });
  await eventually(() => !alice.socket.connected, 'a frame beyond all bounds closes its own socket');
  await bob.holds(conversationId, 2);
  await bob.send(conversationId, 'And so am I.');
  bob.close();
});

test('older and newer protocols are told to load the app again; a handshake without a token is invalid', async () => {
  const connectError = (auth: object): Promise<unknown> =>
    new TestClient(node, person(), { auth }).ready().then(
      () => undefined,
      (error: unknown) => (error as { data?: { kind?: string } }).data?.kind,
    );
  expect(await connectError({ token: 'x', protocol: 0 })).toBe('upgrade_required');
  expect(await connectError({ token: 'x', protocol: 99 })).toBe('upgrade_required');
  expect(await connectError({ token: 'x', protocol: 1 })).toBe('unauthenticated');
  expect(await connectError({ protocol: 1 })).toBe('invalid');
});

/** @returns the stream below a client's WebSocket: paused, the client reads nothing. */
function streamOf(client: TestClient): { pause(): void; resume(): void } {
  const { transport } = client.socket.io.engine as unknown as {
    transport: { ws: { _socket: { pause(): void; resume(): void } } };
  };
  return transport.ws._socket;
}

/** How much the system takes over is its own affair: what counts is what the server itself holds back. */
function expectBounded(id: string, cuts: number): void {
  const socket = node.sockets.io.of('/').sockets.get(id);
  if (socket) expect(queuedBytes(socket as unknown as QueueingSocket)).toBeLessThan(2 * MAX_QUEUED_BYTES);
  else expect(node.sockets.delivery.counts.slowSockets).toBeGreaterThan(cuts);
}

test('G13: a client that does not read is cut when too much waits, and catches up afterwards', async () => {
  const alice = await connect();
  const bob = await connect();
  const { conversationId } = await alice.createGroup([bob.actor]);
  await bob.holds(conversationId, 1);
  const cuts = node.sockets.delivery.counts.slowSockets;
  streamOf(bob).pause();
  const id = bob.socket.id ?? '';
  let sent = 1;
  while (node.sockets.delivery.counts.slowSockets === cuts) {
    const receipts = await Promise.all(Array.from({ length: 40 }, () => alice.send(conversationId, 'x'.repeat(8_000))));
    sent = Math.max(sent, ...receipts.map(({ seq }) => seq));
    expectBounded(id, cuts);
  }
  streamOf(bob).resume();
  await eventually(() => !bob.socket.connected, 'Bob is cut');
  const again = await new TestClient(node, bob.actor).ready();
  await again.holds(conversationId, sent);
  expect(again.texts(conversationId)).toHaveLength(sent - 1);
  alice.close();
  again.close();
});

test('G13: so is one that asks and asks and does not read the answers', async () => {
  const alice = await connect();
  const { conversationId } = await alice.createGroup([person()]);
  await Promise.all(Array.from({ length: 40 }, () => alice.send(conversationId, 'x'.repeat(8_000))));
  await alice.holds(conversationId, 41);
  const cuts = node.sockets.delivery.counts.slowSockets;
  const reader = await connect();
  streamOf(alice).pause();
  const id = alice.socket.id ?? '';
  while (node.sockets.delivery.counts.slowSockets === cuts) {
    alice.socket.emit('sync', { positions: {} }, () => undefined);
    // The other's answer comes after hers has been queued, or soon after.
    await reader.catchUp();
    expectBounded(id, cuts);
  }
  streamOf(alice).resume();
  await eventually(() => !alice.socket.connected, 'Alice is cut');
  reader.close();
});

test('G12: a node that stops says so, closes its sockets and keeps their sessions', async () => {
  const stopping = await startNode(backends);
  await eventually(stopping.ready, 'it is ready');
  const alice = await connect(stopping);
  await alice.createGroup([person()]);
  await eventually(() => alice.frames.length === 1, 'Alice has a place in the stream');
  const redis = new Redis(backends.redis.url);
  await redis.del(...(await redis.keys('sio:session:*')), 'x');
  await stopping.sockets.close(200);
  await eventually(() => alice.pushes.some(({ name }) => name === 'drain'), 'Alice is told');
  expect(alice.pushes).toContainEqual({ name: 'drain', value: { withinMs: 200 } });
  await eventually(() => !alice.socket.connected, 'Alice is sent away');
  await eventually(async () => (await redis.keys('sio:session:*')).length === 1, 'her session is kept');
  redis.disconnect();
  await stopping[Symbol.asyncDispose]();
});
