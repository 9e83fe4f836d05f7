import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, it } from 'vitest';

import { ephemeralMongo, ephemeralRedis } from './ephemeral.ts';
import type { LocalServer } from './local-server.ts';
import { isAlive } from './process-alive.ts';
import { redisAnswers } from './redis-probe.ts';
import { until } from './until.ts';

const servers: LocalServer[] = [];
const clients: { close(): unknown }[] = [];
const keep = (server: LocalServer): LocalServer => {
  servers.push(server);
  return server;
};
const redisOf = (server: LocalServer): Redis => {
  const redis = new Redis(server.url);
  clients.push({ close: () => redis.disconnect() });
  return redis;
};
const mongoOf = (server: LocalServer): MongoClient => {
  const client = new MongoClient(server.url);
  clients.push(client);
  return client;
};

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const server of servers.splice(0)) await server.stop();
});

describe('an ephemeral Redis', () => {
  it('has the settings of production', async () => {
    const redis = redisOf(keep(await ephemeralRedis()));
    const settings = await redis.config('GET', 'append*', 'maxmemory*', 'aof-load-truncated');
    const value = (name: string) => settings[settings.indexOf(name) + 1];
    expect([value('appendonly'), value('appendfsync'), value('maxmemory-policy'), value('maxmemory')]).toEqual([
      ...['yes', 'always', 'noeviction', String(512 * 1024 * 1024)],
    ]);
  });

  it('keeps what it acknowledged over SIGKILL and restart, on the same port', async () => {
    const server = keep(await ephemeralRedis());
    const before = server.pid;
    await redisOf(server).set('kept', 'yes');
    await server.kill('SIGKILL');
    expect(isAlive(before)).toBe(false);
    await server.restart();
    expect(server.pid).not.toBe(before);
    expect(await redisOf(server).get('kept')).toBe('yes');
  });

  it('answers nothing while it is paused, and goes on afterwards', async () => {
    const server = keep(await ephemeralRedis());
    await server.pause();
    expect(await redisAnswers(server.port)).toBe(false);
    await server.resume();
    expect(await until(async () => (await redisAnswers(server.port)) || undefined, 60_000)).toBe(true);
  });

  it('leaves no process and no folder behind when it is stopped', async () => {
    const server = await ephemeralRedis();
    const { pid, dataDir } = server;
    await server.stop();
    await server.stop();
    expect([isAlive(pid), existsSync(dataDir)]).toEqual([false, false]);
  });

  it('dies with the process that started it, also when that one is killed', async () => {
    const script = `import { ephemeralRedis } from ${JSON.stringify(new URL('ephemeral.ts', import.meta.url).href)};
      console.log((await ephemeralRedis()).pid); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    expect(await until(() => (isAlive(pid) ? undefined : 'gone'), 60_000)).toBe('gone');
  });
});

describe('an ephemeral MongoDB', () => {
  it('takes transactions at once, being a replica set', async () => {
    const client = mongoOf(keep(await ephemeralMongo()));
    await client.withSession(async (session) =>
      session.withTransaction(async () => client.db().collection('words').insertOne({ word: 'hello' }, { session })),
    );
    expect(await client.db().collection('words').countDocuments()).toBe(1);
    expect(client.db().databaseName).toBe('parley');
  });

  it('keeps journaled writes over SIGKILL and restart, and its clients find it again', async () => {
    const server = keep(await ephemeralMongo());
    const words = mongoOf(server).db().collection('words');
    await words.insertOne({ word: 'kept' }, { writeConcern: { w: 'majority', journal: true } });
    await server.kill('SIGKILL');
    await server.restart();
    expect(await words.countDocuments({ word: 'kept' })).toBe(1);
  });
});
