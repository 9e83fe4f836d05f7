import type { Partition } from '@parley/events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LogNews } from './log-news.ts';

const [one, two] = [1, 2] as [Partition, Partition];
let heads: Map<Partition, number> | null;
let looks: number;
let news: LogNews;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
  [heads, looks] = [new Map(), 0];
  news = new LogNews({
    heads: (asked = []) => {
      looks += 1;
      const known = heads;
      return known ? Promise.resolve(asked.map((partition) => known.get(partition) ?? 0)) : Promise.reject(new Error());
    },
  });
});
afterEach(() => vi.useRealTimers());

test('who waits is told when its own partition goes on, and one look is for all', async () => {
  const [first, second] = [news.beyond(one, 5, 1_000), news.beyond(two, 5, 1_000)];
  heads?.set(one, 5).set(two, 6);
  await vi.advanceTimersByTimeAsync(250);
  expect(await second).toBe(true);
  const before = looks;
  heads?.set(one, 6);
  await vi.advanceTimersByTimeAsync(250);
  expect(await first).toBe(true);
  expect(looks - before).toBeLessThan(4);
});

test('where looks find few events they come less often, so that a transaction has more of them', async () => {
  const told = async (events: number): Promise<number> => {
    const before = performance.now();
    for (let n = events; n <= 20 * events; n += events) {
      heads?.set(one, n);
      const waiting = news.beyond(one, n - events, 1_000);
      await vi.advanceTimersToNextTimerAsync();
      expect(await waiting).toBe(true);
    }
    return performance.now() - before;
  };
  expect(await told(1)).toBeGreaterThan(await told(100));
});

test('who has waited long enough, or is told to leave, hears of nothing; then nobody looks', async () => {
  const waiting = news.beyond(one, 5, 500);
  const leaving = news.beyond(two, 5, 500);
  news.leave(two);
  expect(await leaving).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await waiting).toBe(false);
  const before = looks;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(looks).toBe(before);
});

test('with the log away the waiting ends in its time', async () => {
  heads = null;
  const waiting = news.beyond(one, 5, 500);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await waiting).toBe(false);
});
