import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { ephemeralMongo, ephemeralRedis } from './ephemeral.ts';
import { testBackends } from './test-backends.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of started.splice(0).reverse()) await one.stop();
});

describe('servers that are given by URL', () => {
  it('lend each test file an empty database of its own, which is empty again afterwards', async () => {
    const [redis, mongodb] = await Promise.all([ephemeralRedis(), ephemeralMongo()]);
    started.push(redis, mongodb);
    const others = new Redis(redis.url);
    await others.set('of somebody else', 'kept');
    vi.stubEnv('REDIS_URL', redis.url);
    vi.stubEnv('MONGODB_URL', mongodb.url);

    const first = await testBackends();
    const second = await testBackends();
    expect(first.mode).toEqual({ redis: 'urls', mongodb: 'urls' });
    expect(new Set([redis.url, first.redis.url, second.redis.url]).size).toBe(3);
    expect(new Set([mongodb.url, first.mongodb.url, second.mongodb.url]).size).toBe(3);
    expect(first.redis.port).toBe(redis.port);
    await Promise.all([first.stop(), second.stop()]);

    expect(await others.get('of somebody else')).toBe('kept');
    expect(await others.info('keyspace')).not.toMatch(/db[1-9]/);
    others.disconnect();
  });

  it('say that they are not ours to kill', async () => {
    const redis = await ephemeralRedis();
    started.push(redis);
    vi.stubEnv('REDIS_URL', redis.url);
    const { testServer } = await import('./test-backends.ts');
    const { server } = await testServer('redis');
    await expect(server.kill()).rejects.toThrow('not ours to stop');
    await server.stop();
  });
});
