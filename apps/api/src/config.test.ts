import { ConfigError } from '@parley/events/environment';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const whole = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  MONGODB_URL: 'mongodb://127.0.0.1:27017,127.0.0.1:27018/parley?replicaSet=parley',
  PORT: '8080',
  PARLEY_TOKEN_SECRET: Buffer.alloc(32, 7).toString('base64url'),
};

test('the three Redis roles are one server unless told otherwise', () => {
  const config = readConfig({ ...whole, REDIS_JOBS_URL: 'rediss://jobs:6380' });
  const apart = readConfig({ ...whole, REDIS_FANOUT_URL: 'redis://fanout:6381' });
  expect(apart.fanoutUrl).toBe('redis://fanout:6381');
  expect([config.logUrl, config.fanoutUrl, config.jobsUrl]).toEqual([
    whole.REDIS_URL,
    whole.REDIS_URL,
    'rediss://jobs:6380',
  ]);
});

test('only the public address and the loopback ones may change something from a browser', () => {
  const config = readConfig({ ...whole, PARLEY_PUBLIC_URL: 'https://chat.example.org/' });
  expect(config.origins).toEqual(['https://chat.example.org', 'http://127.0.0.1:8080', 'http://localhost:8080']);
});

test.each(['REDIS_URL', 'MONGODB_URL', 'PARLEY_TOKEN_SECRET'])('a missing %s is named in one sentence', (name) => {
  expect(() => readConfig({ ...whole, [name]: '' })).toThrow(
    new ConfigError(`${name} is not set; set it and start again.`),
  );
});

test.each([
  ['REDIS_URL', 'http://127.0.0.1'],
  ['REDIS_FANOUT_URL', '127.0.0.1:6379'],
  ['MONGODB_URL', 'postgres://127.0.0.1'],
  ['PORT', '0'],
  ['PORT', '70000'],
  ['PORT', '80a'],
  ['PARLEY_TOKEN_SECRET', 'short'],
  ['PARLEY_SETUP_CODE', '1234'],
  ['PARLEY_PUBLIC_URL', 'chat.example.org'],
  ['PARLEY_ACCEPT_LOSS', 'no'],
  ['PARLEY_RECOVERY', 'maybe'],
  ['PARLEY_LIMITS', 'none'],
])('a bad %s is named, and its value %s is not repeated', (name, value) => {
  const error = refusalOf({ ...whole, [name]: value });
  expect(error).toMatch(new RegExp(`^${name} must [^\n]+\\.$`));
  expect(error).not.toContain(value === '0' ? 'PORT must be 0' : ` ${value} `);
});

function refusalOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return 'accepted';
}
