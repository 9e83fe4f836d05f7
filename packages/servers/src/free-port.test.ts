import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';

import { freePort, isPortFree } from './free-port.ts';

it('ports that are asked for at once are different, free, and none that systems give out by themselves', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, async () => freePort()));
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
    expect(await isPortFree(port)).toBe(true);
  }
});

it('a port on which somebody listens is not free', async () => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  expect(await isPortFree(port)).toBe(false);
  server.close();
  await once(server, 'close');
  expect(await isPortFree(port)).toBe(true);
});
