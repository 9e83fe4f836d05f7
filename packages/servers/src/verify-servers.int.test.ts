import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, it } from 'vitest';

import { ephemeralMongo, ephemeralRedis } from './ephemeral.ts';
import { freePort } from './free-port.ts';
import { localProgram } from './local-program.ts';
import { OlderMongo } from './testing/older-mongo.ts';
import { OlderRedis } from './testing/older-redis.ts';
import { until } from './until.ts';
import { verifyMongo } from './verify-mongo.ts';
import { verifySideRedis } from './verify-redis.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

async function redisUrl(settings: Record<string, string> = {}): Promise<string> {
  const redis = await ephemeralRedis({ settings });
  started.push(redis);
  return redis.url;
}

describe('a Redis for the fan-out or the jobs', () => {
  it('may forget everything with a restart, but not single keys', async () => {
    const forgetful = await redisUrl({ appendonly: 'no', appendfsync: 'no' });
    await expect(verifySideRedis(forgetful, 'REDIS_JOBS_URL')).resolves.toBeUndefined();
    const evicting = await redisUrl({ 'maxmemory-policy': 'allkeys-lru' });
    await expect(verifySideRedis(evicting, 'REDIS_JOBS_URL')).rejects.toThrow(/evicts.*`maxmemory-policy noeviction`/);
  });

  it('is refused without a memory limit', async () => {
    const endless = await redisUrl({ maxmemory: '0' });
    await expect(verifySideRedis(endless, 'REDIS_JOBS_URL')).rejects.toThrow(/no memory limit.*`maxmemory`/);
  });

  it('is refused when it is older than 7, in one sentence with its version and what is needed', async () => {
    const redis = await ephemeralRedis();
    started.push(redis);
    await using older = await OlderRedis.before(redis.port);
    await expect(verifySideRedis(older.url, 'REDIS_JOBS_URL')).rejects.toThrow(
      /^The Redis at .* is version 6\.\S+; Parley needs 7 or newer\.$/,
    );
    await expect(verifySideRedis(redis.url, 'REDIS_JOBS_URL')).resolves.toBeUndefined();
  });

  it('is named by its variable, and without its password, when it can not be reached', async () => {
    const url = `redis://alice:rose@127.0.0.1:${await freePort()}`;
    const sentence = /redis:\/\/alice:…@127.*can't be used.*REDIS_FANOUT_URL/;
    await expect(verifySideRedis(url, 'REDIS_FANOUT_URL')).rejects.toThrow(sentence);
  });
});

/** @returns true once a mongod answers for itself, in a set or not. */
async function saysHello(port: number): Promise<true | undefined> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: 2_000,
  });
  return client
    .db('admin')
    .command({ hello: 1 })
    .then(
      (): true => true,
      () => undefined,
    )
    .finally(() => client.close());
}

describe('a MongoDB for archive and read models', () => {
  it('passes as a replica set of one', async () => {
    const mongo = await ephemeralMongo();
    started.push(mongo);
    await expect(verifyMongo(mongo.url)).resolves.toBeUndefined();
  });

  it('is refused when it is not a replica set', async () => {
    const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'parley-alone-'))];
    const args = ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'];
    const alone = spawn(await localProgram('mongodb'), args, { stdio: 'ignore' });
    const gone = once(alone, 'exit');
    try {
      expect(await until(async () => saysHello(port), 60_000)).toBe(true);
      await expect(verifyMongo(`mongodb://127.0.0.1:${port}/parley`)).rejects.toThrow(/not a replica set.*--replSet/);
    } finally {
      alone.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true });
    }
  });

  it('is refused when it is older than 6, in one sentence with its version and what is needed', async () => {
    const mongo = await ephemeralMongo();
    started.push(mongo);
    await using older = await OlderMongo.before(mongo.port);
    const url = `mongodb://127.0.0.1:${older.port}/parley`;
    await expect(verifyMongo(url)).rejects.toThrow(/^The MongoDB at .* is version 5\.\S+; Parley needs 6 or newer\.$/);
    // The same road without the other version is fine: it was the version that was refused.
    await expect(verifyMongo(mongo.url)).resolves.toBeUndefined();
  });

  it('is named when it can not be reached', async () => {
    await expect(verifyMongo(`mongodb://127.0.0.1:${await freePort()}/parley`)).rejects.toThrow(
      /can't be used.*MONGODB_URL/,
    );
  });
});
