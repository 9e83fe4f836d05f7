// Starts Parley as an operator does and lets examples/python-bot/check.py prove the bot on it, while the api and then
// Redis are killed under it. The bot's packages come from PyPI, into node_modules/.cache.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { PROTOCOL_VERSION } from '@parley/events';
import { freePort, guard } from '@parley/servers';
import { HttpSession } from './http-session.mjs';

const bot = 'examples/python-bot';
const packages = resolve('node_modules/.cache/python-bot');

const [, spoken] = /^PROTOCOL = (\d+)$/m.exec(readFileSync(`${bot}/bot.py`, 'utf8')) ?? [];
if (Number(spoken) !== PROTOCOL_VERSION) {
  throw new Error(`bot.py speaks protocol ${spoken}; let it speak ${PROTOCOL_VERSION}, which the page describes.`);
}

if (!existsSync(packages)) {
  const pip = ['-m', 'pip', 'install', '--quiet', '--target', packages, '--requirement', `${bot}/requirements.txt`];
  if (spawnSync('python3', pip, { stdio: 'inherit' }).status !== 0) throw new Error('pip could not install the bot.');
}

const dataDir = await mkdtemp(join(tmpdir(), 'parley-bot-'));
const port = await freePort();
const environment = { ...process.env, PARLEY_DATA: dataDir, PORT: String(port), PYTHONPATH: packages };
const parley = spawn(process.execPath, ['apps/parley/src/main.ts', 'start'], {
  env: environment,
  stdio: ['ignore', 'pipe', 'inherit'],
});
guard(parley, 'TERM');

/** @returns the setup code, once everything is ready. */
async function setupCode() {
  for await (const line of createInterface({ input: parley.stdout })) {
    const [, code] = /^Setup code: (\S+)/.exec(line) ?? [];
    if (code) return code;
  }
  throw new Error('Parley did not become ready.');
}

function pidOf(part, name) {
  const status = spawnSync(process.execPath, ['apps/parley/src/main.ts', 'status', '--json'], {
    env: environment,
    encoding: 'utf8',
  });
  return JSON.parse(status.stdout)[part].find((one) => (one.name ?? one.role) === name).pid;
}

const kills = [
  () => pidOf('processes', 'api-1'),
  () => pidOf('servers', 'redis'),
  () => pidOf('processes', 'worker-1'),
];

/** check.py waits for a line after each round of questions: until then something is killed. */
async function prove(token) {
  const check = spawn('python3', [`${bot}/check.py`, `http://127.0.0.1:${port}`, token, '--steps'], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(check, 'exit');
  for await (const line of createInterface({ input: check.stdout })) {
    console.log(line);
    if (!line.startsWith('asked')) continue;
    const pid = kills.shift()?.();
    if (pid > 0) process.kill(pid, 'SIGKILL');
    check.stdin.write('\n');
  }
  return (await ended)[0] === 0;
}

let passed = false;
try {
  const alice = new HttpSession(`http://127.0.0.1:${port}`);
  await alice.setUp(await setupCode());
  parley.stdout.resume();
  passed = await prove(alice.token);
} catch (error) {
  console.error(error);
} finally {
  const ended = parley.exitCode === null ? once(parley, 'exit') : undefined;
  parley.kill('SIGTERM');
  await ended;
  await rm(dataDir, { recursive: true, force: true });
}
process.exit(passed ? 0 : 1);
