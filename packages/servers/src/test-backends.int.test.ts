import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, it } from 'vitest';

import { dockerAnswers, imageAvailable, IMAGES } from './docker-engine.ts';
import { redisAnswers } from './redis-probe.ts';
import type { ServerHandle } from './server-handle.ts';
import { testBackends, testServer } from './test-backends.ts';
import { until } from './until.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  delete process.env.REDIS_URL;
  for (const one of started.splice(0)) await one.stop();
});

async function setAndGet(server: ServerHandle, action: () => Promise<void>): Promise<string | null> {
  const before = new Redis(server.url);
  await before.set('kept', 'yes');
  before.disconnect();
  await action();
  const after = new Redis(server.url);
  const value = await after.get('kept');
  after.disconnect();
  return value;
}

describe('the servers of a test', () => {
  it('are Testcontainers where a Docker engine answers, programs of this machine otherwise', async () => {
    const backends = await testBackends();
    started.push(backends);
    const docker = (await dockerAnswers(60_000)) && (await imageAvailable(IMAGES.redis));
    expect(backends.mode.redis).toBe(
      docker && process.env.PARLEY_TEST_SERVERS !== 'local' ? 'testcontainers' : 'local',
    );
  });

  it('can be killed, restarted with their data, paused and resumed', async () => {
    const { server } = await testServer('redis');
    started.push(server);
    const pid = server.pid;
    const kept = await setAndGet(server, async () => {
      await server.kill('SIGKILL');
      expect([await redisAnswers(server.port), server.pid]).toEqual([false, 0]);
      await server.restart();
    });
    expect(kept).toBe('yes');
    expect(server.pid).not.toBe(pid);
    await server.pause();
    expect(await redisAnswers(server.port)).toBe(false);
    await server.resume();
    expect(await until(async () => (await redisAnswers(server.port)) || undefined, 60_000)).toBe(true);
  });

  it('find their MongoDB a primary again after a restart', async () => {
    const { server } = await testServer('mongodb');
    started.push(server);
    const client = new MongoClient(server.url);
    await client.db().collection('words').insertOne({ word: 'kept' });
    await server.kill('SIGKILL');
    await server.restart();
    expect(await client.db().collection('words').countDocuments()).toBe(1);
    await client.close();
  });
});
