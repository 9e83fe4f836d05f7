import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API } from '@parley/events';
import { freePort, isAlive, until } from '@parley/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { RunningParley } from '../testing/running-parley.ts';

const SLOW = 600_000;

let dataDir: string;
let port: number;
let parley: RunningParley;

const api = (path: string): string => `http://127.0.0.1:${port}${API}${path}`;

async function setUp(code: string): Promise<number> {
  const person = { name: 'Alice', username: 'alice', password: 'a rose is a rose', headless: true };
  const reply = await fetch(api('/setup'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, workspace: 'Roses', ...person }),
  });
  return reply.status;
}

async function isSetupNeeded(): Promise<unknown> {
  return (await fetch(api('/setup'))).json();
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-start-'));
  port = await freePort();
  parley = new RunningParley(dataDir, port, ['--api', '2']);
  await parley.ready();
}, SLOW);
afterAll(async () => {
  await parley.end('SIGTERM');
  await rm(dataDir, { recursive: true, force: true });
});

describe('npm start', () => {
  it('B12: prints its address and a setup code, and status lists every process and server', async () => {
    expect(parley.setupCode()).toMatch(/^[A-Z2-9]{4}(-[A-Z2-9]{4}){3}$/);
    const status = await parley.status();
    expect(status).toMatchObject({ address: `http://localhost:${port}`, ready: true, pid: parley.pid });
    expect(status.processes.map((one) => [one.name, one.ready, isAlive(one.pid)])).toEqual([
      ['api-1', true, true],
      ['api-2', true, true],
      ['worker-1', true, true],
    ]);
    expect(status.servers.map((one) => [one.role, one.how !== '', isAlive(one.pid)])).toEqual([
      ['redis', true, true],
      ['mongodb', true, true],
    ]);
    expect(isAlive(parley.pid)).toBe(true);
  });

  it('keeps its secrets where only their owner can read them', async () => {
    const secret = join(dataDir, 'secrets', 'token-secret');
    expect((await stat(secret)).mode & 0o777).toBe(0o600);
    expect(Buffer.from((await readFile(secret, 'utf8')).trim(), 'base64url')).toHaveLength(32);
  });

  it(
    'starts an api again that was killed, while the other one answers',
    async () => {
      const before = (await parley.status()).processes[0]?.pid ?? 0;
      process.kill(before, 'SIGKILL');
      const after = await until(async () => {
        const first = (await parley.status()).processes[0];
        return first?.ready === true && first.pid !== before ? first.pid : undefined;
      }, SLOW);
      expect(after).not.toBe(before);
      expect(await isSetupNeeded()).toEqual({ needed: true });
    },
    SLOW,
  );

  it(
    'starts its Redis again on its data when that was killed',
    async () => {
      const before = (await parley.status()).servers[0];
      process.kill(before?.pid ?? 0, 'SIGKILL');
      const after = await until(async () => {
        const redis = (await parley.status()).servers[0];
        return redis !== undefined && redis.pid > 0 && redis.pid !== before?.pid ? redis : undefined;
      }, SLOW);
      expect(after?.url).toBe(before?.url);
      const ready = async () => ((await fetch(`http://127.0.0.1:${port}/health/ready`)).ok ? true : undefined);
      expect(await until(ready, SLOW, 50)).toBe(true);
    },
    SLOW,
  );

  it('refuses a data folder that another start uses, in one sentence', async () => {
    const second = new RunningParley(dataDir, await freePort());
    expect(await second.ended()).toBe(1);
    expect(second.output).toContain(`The data folder ${dataDir} is in use by another start (process ${parley.pid}).`);
    expect(second.output.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a port that is taken, in one sentence', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const number = typeof address === 'object' && address !== null ? address.port : 0;
    const other = await mkdtemp(join(tmpdir(), 'parley-port-'));
    const second = new RunningParley(other, number);
    expect(await second.ended()).toBe(1);
    expect(second.output.trim()).toBe(
      `Port ${number} is taken by another program. Stop that one, or set PORT to a free port.`,
    );
    taken.close();
    await rm(other, { recursive: true });
  });

  it(
    'refuses a Redis that can not be reached, naming it',
    async () => {
      const other = await mkdtemp(join(tmpdir(), 'parley-url-'));
      const url = `redis://127.0.0.1:${await freePort()}`;
      const second = new RunningParley(other, await freePort(), [], { REDIS_URL: url });
      expect(await second.ended()).toBe(1);
      expect(second.output).toContain(`The Redis at ${url} can't be used`);
      expect(second.output).not.toContain('    at ');
      await rm(other, { recursive: true });
    },
    SLOW,
  );

  it(
    'has its data after kill -9 of everything, and asks for no setup code once it was used',
    async () => {
      expect(await setUp(parley.setupCode() ?? '')).toBe(200);
      await parley.killAll();
      parley = new RunningParley(dataDir, port);
      await parley.ready();
      expect(await isSetupNeeded()).toEqual({ needed: false });
      expect(parley.setupCode()).toBeUndefined();
    },
    SLOW,
  );

  it(
    'ends everything that it started when it is killed alone',
    async () => {
      const { processes, servers } = await parley.status();
      await parley.end('SIGKILL');
      const pids = [...processes, ...servers].map((one) => one.pid);
      expect(await until(() => (pids.some(isAlive) ? undefined : 'all gone'), 60_000, 20)).toBe('all gone');
      parley = new RunningParley(dataDir, port);
      await parley.ready();
    },
    SLOW,
  );

  it(
    'stops all of it on Ctrl-C, also an api that hangs, and exits 0',
    async () => {
      const { processes, servers } = await parley.status();
      // It hears of no SIGTERM: only the time that the supervisor gives to each ends it.
      process.kill(processes[0]?.pid ?? 0, 'SIGSTOP');
      expect(await parley.end('SIGINT')).toBe(0);
      expect([...processes, ...servers].filter((one) => isAlive(one.pid))).toEqual([]);
    },
    SLOW,
  );
});
