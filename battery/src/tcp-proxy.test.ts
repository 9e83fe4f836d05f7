import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

const PATIENCE = { timeout: 60_000 };
/** Answers every line with "re:" and the line, and remembers what it heard. */
let server: Server;
let heard: string[];
let proxy: TcpProxy;

beforeEach(async () => {
  heard = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      heard.push(String(data));
      socket.write(`re:${String(data)}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  proxy = await TcpProxy.start({ port: address.port });
});

afterEach(async () => {
  await proxy.close();
  server.close();
});

function dial(): Socket {
  return connect(proxy.port, '127.0.0.1').on('error', () => undefined);
}

async function open(): Promise<{ socket: Socket; got: () => string }> {
  let text = '';
  const socket = dial();
  socket.on('data', (data) => (text += String(data)));
  await once(socket, 'connect');
  return { socket, got: () => text };
}

function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function ask(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, 'data');
  socket.write(text);
  return String((await answer)[0]);
}

test('an open link passes both ways', async () => {
  const { socket } = await open();
  expect(await ask(socket, 'a')).toBe('re:a');
});

test('a cut link resets what is open and refuses what is new, until it is healed', async () => {
  const { socket } = await open();
  await ask(socket, 'a');
  const closed = closing(socket);
  proxy.cut();
  await closed;
  await closing(dial());
  proxy.heal();
  expect(await ask((await open()).socket, 'b')).toBe('re:b');
  expect(heard).toEqual(['a', 'b']);
});

test('a black hole keeps connections open and silent, and healing resets them', async () => {
  const { socket, got } = await open();
  await ask(socket, 'a');
  proxy.blackhole();
  const other = await open();
  socket.write('b');
  other.socket.write('c');
  await vi.waitFor(() => expect(proxy.connections).toBe(2), PATIENCE);
  expect(socket.destroyed).toBe(false);
  const closed = closing(socket);
  proxy.heal();
  await closed;
  expect(got()).toBe('re:a');
  expect(heard).toEqual(['a']);
});

test('dropped replies: the server did what was asked, the client never hears of it', async () => {
  const { socket, got } = await open();
  await ask(socket, 'a');
  proxy.dropReplies();
  socket.write('b');
  await vi.waitFor(() => expect(heard).toEqual(['a', 'b']), PATIENCE);
  const closed = closing(socket);
  proxy.heal();
  await closed;
  expect(got()).toBe('re:a');
});

test('latency holds every answer back, in order', async () => {
  const { socket } = await open();
  proxy.latency(30);
  const asked = performance.now();
  expect(await ask(socket, 'a')).toBe('re:a');
  expect(performance.now() - asked).toBeGreaterThan(55);
});

test('what was said before the end arrives before the end, however slow the link is', async () => {
  const { socket, got } = await open();
  proxy.latency(30);
  const closed = closing(socket);
  socket.end('a');
  await closed;
  expect(got()).toBe('re:a');
});

test('a throttled link takes its time', async () => {
  const { socket, got } = await open();
  proxy.throttle(20_000);
  const asked = performance.now();
  socket.write('x'.repeat(1_000));
  await vi.waitFor(() => expect(got()).toHaveLength(1_003), PATIENCE);
  expect(performance.now() - asked).toBeGreaterThan(90);
});

test('a black hole hides from one side that the other is gone, and the end of the link ends it all the same', async () => {
  const far: Socket[] = [];
  const silent = createServer((socket) => far.push(socket.resume().on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const link = await TcpProxy.start({ port });
  const socket = connect(link.port, '127.0.0.1').on('error', () => undefined);
  await once(silent, 'connection');
  link.blackhole();
  socket.resetAndDestroy();
  // By the time that some more have come, one after the other, the link has seen that.
  for (let more = 0; more < 5; more += 1) {
    connect(link.port, '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connection');
  }
  expect(far[0]?.readyState).toBe('open');
  expect(link.connections).toBe(6);
  await link.close();
  silent.close();
});

test('a server that is away refuses through the proxy as well', async () => {
  server.close();
  await closing(dial());
});
