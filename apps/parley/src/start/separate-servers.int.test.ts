import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ephemeralRedis, freePort } from '@parley/servers';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { RunningParley } from '../testing/running-parley.ts';

type Server = Awaited<ReturnType<typeof ephemeralRedis>>;

const SLOW = 600_000;

let dataDir: string;
const started: Server[] = [];
let fanout: Server;
let jobs: Server;
let evicting: Server;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-apart-'));
  fanout = await ephemeralRedis({ settings: { appendonly: 'no' } });
  jobs = await ephemeralRedis();
  evicting = await ephemeralRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
  started.push(fanout, jobs, evicting);
});
afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

it(
  'starts with the fan-out and the jobs on servers of their own, and status lists each',
  async () => {
    const env = { REDIS_FANOUT_URL: fanout.url, REDIS_JOBS_URL: jobs.url };
    const parley = new RunningParley(dataDir, await freePort(), [], env);
    try {
      await parley.ready();
      const { servers } = await parley.status();
      expect(servers.map(({ role }) => role)).toEqual(['redis', 'mongodb', 'fanout', 'jobs']);
      expect(servers.slice(2)).toEqual([
        { role: 'fanout', url: fanout.url, how: 'url', found: 'REDIS_FANOUT_URL', pid: 0 },
        { role: 'jobs', url: jobs.url, how: 'url', found: 'REDIS_JOBS_URL', pid: 0 },
      ]);
    } finally {
      await parley.end('SIGTERM');
    }
  },
  SLOW,
);

it.each(['REDIS_FANOUT_URL', 'REDIS_JOBS_URL'])(
  'refuses a server at %s that evicts keys, or that is not there, in one sentence',
  async (variable) => {
    const away = `redis://127.0.0.1:${await freePort()}`;
    for (const [url, sentence] of [
      [evicting.url, 'maxmemory-policy noeviction'],
      [away, variable],
    ] as const) {
      const parley = new RunningParley(dataDir, await freePort(), [], { [variable]: url });
      expect(await parley.ended()).toBe(1);
      expect(parley.output).toContain(sentence);
      expect(parley.output).not.toContain('    at ');
    }
  },
  SLOW,
);
