import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ConfigError } from '@parley/events/environment';
import { expect, test } from 'vitest';

import { readConfig, ROOT } from './config.ts';

test('an empty variable counts as missing', () => {
  const names = [
    'PORT',
    'HOST',
    'PARLEY_PUBLIC_URL',
    'PARLEY_DATA',
    'PARLEY_WEB_DIR',
    'PARLEY_ACCEPT_LOSS',
    'REDIS_URL',
  ];
  const read = readConfig(Object.fromEntries(names.map((name) => [name, ''])));
  expect({ ...read, inherited: {} }).toEqual(readConfig({}));
  expect(read).toMatchObject({ port: 8080, host: '127.0.0.1', publicUrl: 'http://localhost:8080', acceptLoss: false });
});

test.each([
  ['PORT', '80a'],
  ['PARLEY_ACCEPT_LOSS', 'true'],
  ['PARLEY_DOCKER', 'no'],
])('a bad %s is named in one sentence', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name} must [^\n]+\\.$`));
});

/** One that starts all the same would wait for its servers for ever, and this test for it. */
const timeout = 50_000;

test('a start with a bad variable ends with one sentence that names it, not with a stack', () => {
  const main = join(ROOT, 'apps/parley/src/main.ts');
  const { status, stderr } = spawnSync(process.execPath, [main, 'start'], {
    env: { PORT: '0' },
    encoding: 'utf8',
    timeout,
  });
  expect([status, stderr]).toEqual([1, 'PORT must be a port number from 1 to 65535.\n']);
});
