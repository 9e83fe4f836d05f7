import { spawn, type ChildProcess } from 'node:child_process';
import { delimiter } from 'node:path';
import { newId, type CommandId } from '@parley/events';
import { freePort, until } from '@parley/servers';
import type { Measured } from '../goal.ts';
import { rounded } from '../load/quantile.ts';
import { HttpAccount } from '../systems/http-account.ts';
import { createRoom } from '../systems/room.ts';
import { FreshTree } from './fresh-tree.ts';

/** Seconds since `npm start` was typed. */
interface Started {
  readonly ready: number;
  /** Until the first message is acked. */
  readonly acked: number;
}

type SignIn = (url: string, output: string) => Promise<HttpAccount>;

/** `npm start` in a fresh copy of the tree until its first message is acked, and once more in the same one. */
export async function start(): Promise<Measured> {
  await using tree = await FreshTree.create();
  const first = await startOnce(tree, (url, output) => HttpAccount.setUp(url, setupCodeOf(output)));
  const second = await startOnce(tree, (url) => HttpAccount.signIn(url, 'alice'));
  return {
    value: first.acked,
    unit: 's from the first `npm start` to the first acked message',
    ratios: {},
    goal: '< 60 s from a fresh tree with its packages downloaded; second start ready ≤ 5 s',
    met: first.acked < 60 && second.ready <= 5,
    detail: {
      first,
      second,
      note: 'a copy of the tree: packages linked, web app not built, nothing compiled, no data; setup and send over HTTP',
    },
  };
}

async function startOnce({ folder }: FreshTree, signIn: SignIn): Promise<Started> {
  const port = await freePort();
  const began = performance.now();
  const seconds = (): number => rounded((performance.now() - began) / 1_000, 1);
  const env = { ...freshEnvironment(), PORT: String(port) };
  const child = spawn('npm', ['start'], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const output = await untilReady(child);
    const ready = seconds();
    await sendOne(await signIn(`http://127.0.0.1:${port}`, output));
    return { ready, acked: seconds() };
  } finally {
    await end(child);
  }
}

/** Without what the script that runs this bench has added for its own tree. */
function freshEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '', ...others } = process.env;
  const kept = Object.entries(others).filter(([name]) => name !== 'NODE_COMPILE_CACHE' && name !== 'PARLEY_DATA');
  const places = PATH.split(delimiter).filter((place) => !place.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: places.join(delimiter) };
}

async function sendOne(account: HttpAccount): Promise<void> {
  const conversationId = await createRoom(account, []);
  const content = { suite: 'none' as const, text: 'The first message' };
  await account.command({ commandId: newId<CommandId>(), type: 'message.send', conversationId, content });
}

function setupCodeOf(output: string): string {
  const [, code] = /^Setup code: (\S+)/m.exec(output) ?? [];
  if (code === undefined) throw new Error(`npm start named no setup code:\n${output}`);
  return code;
}

/** @returns what it has printed: the line with the address comes together with that of the setup code. */
function untilReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (/Parley is ready at .*\n/.test(text)) resolve(text);
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
