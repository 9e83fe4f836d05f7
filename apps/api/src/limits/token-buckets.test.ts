import { expect, test } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

const allowance = { burst: 10, perSecond: 2 };

function clock() {
  let ms = 0;
  return { now: () => ms, pass: (more: number) => void (ms += more) };
}

const one = (key: string, cost = 1) => [{ key, cost, ...allowance }];

test('B15F: a burst passes at once, then as much as comes back, and who is refused is told when to ask again', async () => {
  const { now, pass } = clock();
  const buckets = new TokenBuckets(100, now);
  const burst = await Promise.all(Array.from({ length: 12 }, () => buckets.take(one('alice'))));
  expect(burst).toEqual([...Array.from({ length: 10 }, () => 0), 500, 500]);
  pass(250);
  expect(await buckets.take(one('alice'))).toBe(250);
  pass(250);
  expect(await buckets.take(one('alice'))).toBe(0);
  pass(60_000);
  const again = await Promise.all(Array.from({ length: 11 }, () => buckets.take(one('alice'))));
  expect(again.filter((wait) => wait === 0)).toHaveLength(10);
});

test('nobody pays for another one', async () => {
  const buckets = new TokenBuckets(100, () => 0);
  await buckets.take(one('alice', 10));
  expect(await buckets.take(one('alice'))).toBeGreaterThan(0);
  expect(await buckets.take(one('bob'))).toBe(0);
});

test('a batch that is larger than what is left passes and owes the rest: it does not wait for ever beside small ones', async () => {
  const { now, pass } = clock();
  const buckets = new TokenBuckets(100, now);
  expect(await buckets.take(one('alice', 30))).toBe(0);
  expect(await buckets.take(one('alice'))).toBe(10_500);
  pass(10_500);
  expect(await buckets.take(one('alice'))).toBe(0);
});

test('of several buckets all are taken from, or none', async () => {
  const buckets = new TokenBuckets(100, () => 0);
  await buckets.take(one('empty', 10));
  expect(await buckets.take([...one('full', 10), ...one('empty')])).toBe(500);
  expect(await buckets.take(one('full', 10))).toBe(0);
});

test('B15F: it remembers a bounded number of askers, those of late', async () => {
  const buckets = new TokenBuckets(3, () => 0);
  for (const name of ['alice', 'bob', 'carol', 'alice', 'dave']) await buckets.take(one(name, 5));
  expect(await buckets.take(one('alice'))).toBeGreaterThan(0);
  expect(await buckets.take(one('carol', 5))).toBe(0);
  expect(await buckets.take(one('carol'))).toBeGreaterThan(0);
  expect(await buckets.take(one('bob', 10))).toBe(0);
});
