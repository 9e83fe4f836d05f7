import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { ServerLinks } from './server-links.ts';

test('links of the other process pass on, break and heal, each for itself', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await using links = new ServerLinks();
  const [broken, whole] = [await links.open(address.port), await links.open(address.port)];

  expect(await echoed(broken.port)).toBe('hello');
  await broken.cut();
  expect(await echoed(broken.port)).toBeNull();
  expect(await echoed(whole.port)).toBe('hello');
  await broken.heal();
  await broken.latency(1);
  expect(await echoed(broken.port)).toBe('hello');
  server.close();
});

/** @returns what comes back over a new connection, or null where it ends before. */
function echoed(port: number): Promise<string | null> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('hello');
  return new Promise((resolve) => {
    socket.once('close', () => resolve(null));
    socket.once('data', (data) => {
      resolve(String(data));
      socket.destroy();
    });
  });
}
