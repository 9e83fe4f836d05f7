import { expect, test } from 'vitest';
import { linesOf } from './server-check.ts';

test('check 1: a server that is ready says so in one line', () => {
  expect(linesOf({ ready: true, reasons: [], impaired: [] })).toEqual([
    { ok: true, text: 'The server, Redis and MongoDB are ready' },
  ]);
});

test('check 1: what is missing stands in a line of its own, with what helps, once', () => {
  const lines = linesOf({
    ready: false,
    reasons: ['MongoDB is out of reach', 'The log Redis is out of reach.', 'this node is starting'],
    impaired: ['MongoDB is out of reach'],
  });
  expect(lines.map(({ ok, text }) => `${ok} ${text}`)).toEqual([
    'false MongoDB is out of reach',
    'false The log Redis is out of reach',
    'false This node is starting',
  ]);
  expect(lines.map(({ hint }) => hint)).toEqual([
    expect.stringContaining('MONGODB_URL'),
    expect.stringContaining('REDIS_URL'),
    expect.stringContaining('the server’s log'),
  ]);
});
