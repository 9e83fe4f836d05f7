import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { dockerAnswers, docker, imageAvailable, IMAGES } from './docker-engine.ts';
import { cannotFetch } from './fetch-server.ts';
import { findServer, type FindServerOptions, type FoundServer } from './find-server.ts';

let dataDir: string;
let running: FoundServer[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-find-'));
  running = [];
});
afterEach(async () => {
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
