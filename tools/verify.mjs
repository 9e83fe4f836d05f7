// The gate: everything that CI checks, each step with its name and duration. All steps run, also after one has failed;
// the last line is that of the tests, with each other step that failed counted in. `npm run verify -- lint types` runs
// just these.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { rotating } from './rotating-cases.mjs';

const FAILURE = /^FAILED TEST .*/;
const COUNT = /^(\d+) passed, (\d+) failed, (\d+) skipped$/;
const sources = ['packages', 'apps', 'tests', 'bench', 'battery'].filter((folder) => existsSync(folder));
const vectorChecks = existsSync('packages/events/vectors')
  ? readdirSync('packages/events/vectors')
      .filter((name) => name.endsWith('.py'))
      .map((name) => `packages/events/vectors/${name}`)
  : [];

/** name -> command line; programs of node_modules/.bin are on PATH. */
const steps = {
  format: ['prettier', '--check', '--log-level', 'warn', '.'],
  lint: ['eslint', '.'],
  boundaries: ['depcruise', '--config', 'boundaries.config.cjs', ...sources],
  types: ['tsc', '-p', 'tsconfig.json'],
  'web types': ['npm', 'run', '--silent', 'check', '--workspace', '@parley/web'],
  links: ['node', 'tools/check-links.mjs'],
  vectors: vectorChecks.length > 0 ? ['python3', ...vectorChecks] : ['false'],
  tests: ['node', 'tools/run.mjs', 'test'],
  'web build': ['node', 'tools/run.mjs', 'build'],
  bot: ['node', 'tools/check-bot.mjs'],
  // Half of the crowd and of the waits: some 80 s each. What times may be is for a quiet machine to judge.
  battery: [
    'node',
    'tools/run.mjs',
    'battery',
    ...rotating(new Date(), 2),
    ...'--pace 0.5 --size 0.5 --slow 5'.split(' '),
  ],
  compose: ['node', 'tools/check-compose.mjs'],
};

/** @returns whether the command ended well, the last line of the tests if it printed one, and their lines of failures. */
function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let count;
    const failures = [];
    let rest = '';
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      count = lines.map((line) => COUNT.exec(line)).findLast(Boolean) ?? count;
      failures.push(...lines.filter((line) => FAILURE.test(line)));
    });
    child.on('error', (error) => resolve({ ok: false, why: error.message, count, failures }));
    child.on('close', (code) => resolve({ ok: code === 0, why: `exit status ${code}`, count, failures }));
  });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}. The steps are: ${Object.keys(steps).join(', ')}.`);
  process.exit(2);
}

const began = performance.now();
const summary = [];
let failedSteps = 0;
let counted = [0, 0, 0];
for (const [name, command] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n── ${name}: ${command.join(' ')}`);
  const start = performance.now();
  const { ok, why, count, failures } = await run(command);
  if (name === 'tests' && count) counted = count.slice(1).map(Number);
  // The failing tests are in the count already; a run without a count failed as a whole.
  if (!ok && !(name === 'tests' && counted[1] > 0)) failedSteps += 1;
  summary.push(
    `${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${((performance.now() - start) / 1_000).toFixed(1).padStart(7)} s${ok ? '' : `  (${why})`}`,
    ...failures,
  );
}

const [passed, failed, skipped] = counted;
console.log(`\n${summary.join('\n')}\n${((performance.now() - began) / 60_000).toFixed(1)} min in all`);
console.log(`${passed} passed, ${failed + failedSteps} failed, ${skipped} skipped`);
process.exit(failed + failedSteps === 0 ? 0 : 1);
