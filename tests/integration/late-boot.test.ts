import { startStack } from '@parley/stack';
import { testServer } from '@parley/servers';
import { expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';

const status = async (url: string): Promise<number> => (await fetch(url)).status;

it('F28, trap 11: with Redis and MongoDB late at boot, the api is live, not ready, and then ready by itself', async () => {
  const [{ server: redis }, { server: mongo }] = await Promise.all([testServer('redis'), testServer('mongodb')]);
  await Promise.all([redis.kill(), mongo.kill()]);
  const stack = await startStack({ redis, mongo, awaitReady: false });
  try {
    const url = stack.apis[0]?.url ?? '';
    await eventually('the api is live', async () => (await status(`${url}/health/live`).catch(() => 0)) === 200);
    expect(await status(`${url}/health/ready`)).toBe(503);
    await redis.restart();
    expect(await status(`${url}/health/ready`)).toBe(503);
    await mongo.restart();
    await eventually('the api is ready', async () => (await status(`${url}/health/ready`)) === 200);
    expect([stack.apis[0]?.process.running, stack.workers[0]?.running]).toEqual([true, true]);
  } finally {
    await stack.close();
    await Promise.all([redis.stop(), mongo.stop()]);
  }
});
