import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const names = [
  ...['REDIS_URL', 'REDIS_FANOUT_URL', 'REDIS_JOBS_URL', 'MONGODB_URL'],
  ...['PARLEY_LOG_LEVEL', 'PARLEY_HOT_EVENTS', 'PARLEY_FANOUT_MS', 'PARLEY_FANOUT_BYTES'],
];

test('an empty variable counts as missing', () => {
  expect(readConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readConfig({}));
  expect(readConfig({}).hotEvents).toBe(20_000);
});

test.each([
  ['REDIS_URL', 'http://127.0.0.1'],
  ['REDIS_FANOUT_URL', '127.0.0.1:6379'],
  ['REDIS_JOBS_URL', 'jobs'],
  ['MONGODB_URL', 'postgres://127.0.0.1'],
  ['PARLEY_LOG_LEVEL', 'loud'],
  ['PARLEY_HOT_EVENTS', ' '],
  ['PARLEY_HOT_EVENTS', '-1'],
  ['PARLEY_FANOUT_MS', '999'],
  ['PARLEY_FANOUT_BYTES', '0.5'],
])('a bad %s ("%s") is named in one sentence', (name, value) => {
  const sentence: unknown = expect.stringMatching(new RegExp(`^${name} must [^\n]+\\.$`));
  expect(() => readConfig({ [name]: value })).toThrow(
    expect.objectContaining({ message: sentence, name: 'ConfigError' }),
  );
});

/** One that starts all the same would wait for its servers for ever, and this test for it. */
const timeout = 50_000;

test('a worker with a bad variable ends with one sentence that names it, not with a stack', () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [main], {
    env: { MONGODB_URL: 'x' },
    encoding: 'utf8',
    timeout,
  });
  expect([status, stderr]).toEqual([1, 'MONGODB_URL must be a mongodb:// or mongodb+srv:// address.\n']);
});
