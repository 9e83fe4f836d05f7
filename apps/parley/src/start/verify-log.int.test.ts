import { ephemeralRedis, freePort } from '@parley/servers';
import { OlderRedis } from '@parley/servers/testing/older-redis';
import { afterEach, describe, expect, it } from 'vitest';

import { verifyLog } from './verify-log.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

async function redis(settings: Record<string, string> = {}) {
  const server = await ephemeralRedis({ settings });
  started.push(server);
  return server;
}

describe('what npm start says of a Redis for the log', () => {
  it('passes with the settings of production', async () => {
    await expect(verifyLog((await redis()).url, false)).resolves.toBeUndefined();
  });

  it('a setting that can lose messages is refused by the rule of the log, with the flag that accepts it', async () => {
    const { url } = await redis({ appendfsync: 'everysec' });
    const sentence =
      /^The Redis at redis:.* can't hold the log\. .*`appendfsync always`, or set PARLEY_ACCEPT_LOSS=yes/;
    await expect(verifyLog(url, false)).rejects.toThrow(sentence);
    await expect(verifyLog(url, true)).resolves.toBeUndefined();
  });

  it('eviction is refused with the flag too', async () => {
    const { url } = await redis({ 'maxmemory-policy': 'allkeys-lru' });
    await expect(verifyLog(url, true)).rejects.toThrow('set `maxmemory-policy noeviction`.');
  });

  it('one that is older than 7 is refused for that alone', async () => {
    const server = await redis();
    await using older = await OlderRedis.before(server.port);
    await expect(verifyLog(older.url, false)).rejects.toThrow('needs Redis 7 or newer');
  });

  it('one that can not be reached is named without its password', async () => {
    const url = `redis://alice:rose@127.0.0.1:${await freePort()}`;
    await expect(verifyLog(url, false)).rejects.toThrow(/redis:\/\/alice:…@127.*can't be used.*REDIS_URL/);
  });
});
