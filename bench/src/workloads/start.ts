import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, until } from '@parley/servers';
import type { Measured } from '../goal.ts';
import { rounded } from '../load/quantile.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** `npm start` in a new data folder, and once more in the same one: seconds until it says that it is ready. */
export async function start(): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-start-'));
  try {
    const first = await startOnce(folder);
    const second = await startOnce(folder);
    return {
      value: second,
      unit: 's to the second start',
      ratios: {},
      goal: 'second start ≤ 5 s; first one < 60 s after packages are downloaded',
      met: second <= 5 && first < 60,
      detail: { first, note: 'packages installed and the web app built before, if it was' },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function startOnce(folder: string): Promise<number> {
  const started = performance.now();
  const env = { ...process.env, PARLEY_DATA: folder, PORT: String(await freePort()) };
  const child = spawn('npm', ['start'], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await untilReady(child);
    return rounded((performance.now() - started) / 1_000, 1);
  } finally {
    await end(child);
  }
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (text.includes('Parley is ready at')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`npm start ended with ${String(code)}:\n${text}`)));
  });
}

/** The whole group: npm does not pass signals on, and is gone before what it started has stopped its servers. */
async function end({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined || !isGroupAlive(pid)) return;
  process.kill(-pid, 'SIGTERM');
  const gone = await until(() => (isGroupAlive(pid) ? undefined : true), 30_000, 20);
  if (!gone) throw new Error(`Parley (process group ${pid}) did not stop within 30 s.`);
}

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}
