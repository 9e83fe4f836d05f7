import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ChatClient } from '@parley/client';
import { freePort, guard, isPortFree } from '@parley/servers';
import { startStack, type Stack } from '@parley/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { holds, opened, People, say, shown } from './stack/people.ts';
import { numbered } from './stack/seeding.ts';

/** What PM2 takes from its file. */
interface Declared {
  readonly name: string;
  readonly script: string;
  readonly cwd: string;
  readonly interpreter: string;
  readonly kill_timeout: number;
  readonly env: Readonly<Record<string, string>>;
}

const NODES = 4;
const file = fileURLToPath(new URL('../../deploy/pm2.config.cjs', import.meta.url));
const running = new Map<string, ChildProcess>();
let servers: Stack;
let apps: Declared[];
let people: People;

beforeAll(async () => {
  servers = await startStack({ apis: 0, workers: 0 });
  apps = await declared({ PORT: String(await portsInARow()) });
  for (const app of apps) start(app);
  const apis = apps.flatMap(({ env }) => (env.PORT === undefined ? [] : [{ url: `http://127.0.0.1:${env.PORT}` }]));
  await Promise.all(apis.map(({ url }) => ready(url)));
  people = new People({ setupCode: servers.setupCode, apis });
});
afterAll(async () => {
  await people.close();
  await Promise.all([...running.values()].map((child) => ended(child, 'SIGKILL')));
  await servers.close();
});

/** @returns the first of as many free ports as there are nodes. */
async function portsInARow(): Promise<number> {
  for (;;) {
    const first = await freePort();
    const others = Array.from({ length: NODES - 1 }, (_, at) => isPortFree(first + at + 1));
    if ((await Promise.all(others)).every(Boolean)) return first;
  }
}

/** @returns what the file declares in such an environment, read by a process of its own as PM2 reads it. */
async function declared(env: Record<string, string>): Promise<Declared[]> {
  const script = `console.log(JSON.stringify(require(${JSON.stringify(file)})))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script], { env });
  return (JSON.parse(stdout) as { apps: Declared[] }).apps;
}

/** As PM2 does in its mode `fork`: the caller's environment, and over it what the file says. */
function start({ name, script, cwd, interpreter, env }: Declared): void {
  const { PATH = '', HOME = '' } = process.env;
  const all = { PATH, HOME, ...servers.env, ...env };
  const child = spawn(interpreter, [script], { cwd, env: all, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  guard(child, 'KILL');
  running.set(name, child);
}

async function ready(url: string): Promise<void> {
  await eventually(`${url} is ready`, () =>
    fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
  return child.exitCode;
}

const names = (role: string): string[] => apps.map(({ name }) => name).filter((name) => name.includes(role));

it(`D1: the process manager's file starts ${NODES} api nodes and a worker, and messages pass between all of them`, async () => {
  expect([names('api').length, names('worker').length]).toEqual([NODES, 1]);
  const alice = await people.setUp('Alice', 0);
  const members: ChatClient[] = [alice];
  for (let node = 1; node < NODES; node += 1) members.push(await people.join(`Guest${node}`, node));
  const ids = members.slice(1).map(({ session }) => session.user.userId);
  const group = await alice.createGroup('everywhere', ids);
  await Promise.all(members.map((client) => opened(client, group)));
  for (const text of numbered('hello', 5)) for (const client of members) await say(client, group, text);
  for (const client of members) await holds(client, group, 5 * NODES);

  // A reload: SIGINT, the end within the time that the file allows, and the same once more.
  for (const app of apps) {
    const child = running.get(app.name);
    if (!child) throw new Error(`${app.name} runs.`);
    await say(alice, group, `while ${app.name} is exchanged`);
    const patience = setTimeout(() => child.kill('SIGKILL'), app.kill_timeout);
    expect(await ended(child, 'SIGINT'), app.name).toBe(0);
    clearTimeout(patience);
    start(app);
    if (app.env.PORT !== undefined) await ready(`http://127.0.0.1:${app.env.PORT}`);
  }
  for (const client of members) await holds(client, group, 5 * NODES + apps.length);
  for (const client of members) expect(shown(client, group)).toEqual(shown(alice, group));
});

it('D1: the numbers of nodes and workers come from the environment', async () => {
  const many = await declared({ PORT: '9000', PARLEY_API_NODES: '12', PARLEY_WORKERS: '2' });
  const ports = many.flatMap(({ env }) => env.PORT ?? []);
  expect(ports).toEqual(Array.from({ length: 12 }, (_, at) => String(9_000 + at)));
  expect(many).toHaveLength(14);
});
