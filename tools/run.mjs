// The door of all npm scripts. Plain JavaScript for whatever Node the machine has (18 or newer): it makes sure that the
// packages are installed and the web app is built, then runs everything on the Node 24 of node_modules.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const webSources = ['apps/web', 'packages/client', 'packages/events/src/contract', 'packages/events/src/fold'];

/** script -> what it needs and what it runs on Node 24. */
const scripts = {
  start: { web: true, run: ['apps/parley/src/main.ts', 'start'] },
  parley: { run: ['apps/parley/src/main.ts'] },
  rebuild: { run: ['apps/parley/src/main.ts', 'rebuild'] },
  test: {
    web: needsBrowser,
    run: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=./tools/count-reporter.mjs'],
  },
  verify: { run: ['tools/verify.mjs'] },
  bench: { web: true, run: ['bench/src/main.ts'] },
  battery: { run: ['battery/src/main.ts'] },
  screenshots: { web: true, run: ['tools/screenshots.mjs'] },
  build: { web: true },
};

/** Tests of the projects unit and int need no built web app. */
function needsBrowser(args) {
  const named = args.flatMap((arg, index) =>
    arg === '--project' ? [args[index + 1]] : (/^--project=(.*)/.exec(arg)?.slice(1) ?? []),
  );
  return named.length === 0 || named.some((name) => name !== 'unit' && name !== 'int');
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

function must(command, args, what, cwd = root) {
  const done = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2], env: environment() });
  if (done.status !== 0) fail(`${what} failed. What it printed above says why.`);
}

function environment() {
  // Node keeps what it compiled, TypeScript included: a second start needs about a quarter less of the processor.
  const cache = join(root, 'node_modules', '.cache', 'node');
  return { NODE_COMPILE_CACHE: cache, ...process.env, PATH: [bin, process.env.PATH].filter(Boolean).join(delimiter) };
}

/** npm's record of what is installed must hold every package of the lock file, in its version. */
function installPackages() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (
    existsSync(node) &&
    existsSync(record) &&
    holdsAll(packagesOf(record), packagesOf(join(root, 'package-lock.json')))
  )
    return;
  say('Installing the npm packages (npm ci) …');
  must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci');
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** Optional packages may be for another machine; links are our own workspaces. */
function holdsAll(installed, locked) {
  return Object.entries(locked).every(
    ([path, { version, link, optional }]) =>
      !path.startsWith('node_modules/') || link || optional || installed[path]?.version === version,
  );
}

function checkNode() {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  if (version.startsWith('v24.')) return;
  fail(
    'Parley runs on the Node 24 that npm installs into node_modules, and it is not there. Run `npm ci`, then try again.',
  );
}

function buildWeb() {
  if (!existsSync(join(root, 'apps/web/vite.config.ts'))) return;
  const built = join(root, 'apps/web/build/200.html');
  const mark = join(root, 'node_modules', '.cache', 'parley-web-sources');
  const now = String(Math.max(...webSources.map((folder) => newest(join(root, folder)))));
  if (existsSync(built) && existsSync(mark) && readFileSync(mark, 'utf8') === now) return;
  say('Building the web app …');
  must(
    node,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
    'The build of the web app',
    join(root, 'apps/web'),
  );
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, now);
}

/** @returns when anything in the folder was last changed, in whole ms. */
function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['node_modules', 'build', '.svelte-kit'].includes(entry.name) || entry.name.includes('.test.')) continue;
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : modified(path));
  }
  return latest;
}

function modified(path) {
  return Math.floor(statSync(path).mtimeMs);
}

/** Hands signals on and ends as the child ends. A terminal's Ctrl-C reaches the child by itself. */
function run(args) {
  const child = spawn(node, args, { cwd: root, stdio: 'inherit', env: environment() });
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1_000).unref();
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

const [name = '', ...rest] = process.argv.slice(2);
const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
if (!script) fail(`Say which: ${Object.keys(scripts).join(', ')}.`);
if (Number.parseInt(process.versions.node, 10) < 18)
  fail('Installing needs Node 18 or newer on the machine; Parley itself then brings Node 24.');
installPackages();
checkNode();
if (typeof script.web === 'function' ? script.web(rest) : script.web) buildWeb();
if (script.run) {
  const [main = '', ...before] = script.run;
  if (!existsSync(join(root, main))) fail(`There is no ${main} in this tree, so \`npm run ${name}\` can't run.`);
  run([main, ...before, ...rest]);
}
