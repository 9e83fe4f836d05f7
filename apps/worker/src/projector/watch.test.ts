import type { Partition } from '@parley/events';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Watch } from './watch.ts';

const [one, two] = [1, 2] as [Partition, Partition];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('F03 all partitions that nobody moves are projected at once, each by one run at a time', async () => {
  const begun: Partition[] = [];
  const first = Promise.withResolvers<undefined>();
  const find = () => Promise.resolve([one, two].map((partition) => ({ partition, n: 7, fence: 1 })));
  const project = (partition: Partition): Promise<unknown> => {
    begun.push(partition);
    return partition === one ? first.promise : Promise.resolve();
  };
  const watch = new Watch(find, project, pino({ level: 'silent' }));
  await vi.advanceTimersByTimeAsync(1_500);
  expect(begun).toEqual([]);
  await vi.advanceTimersByTimeAsync(300);
  expect(begun).toEqual([one, two]);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(begun.filter((partition) => partition === one)).toHaveLength(1);
  expect(begun.filter((partition) => partition === two).length).toBeGreaterThan(2);
  first.resolve(undefined);
  await vi.advanceTimersByTimeAsync(400);
  expect(begun.filter((partition) => partition === one)).toHaveLength(2);
  await watch[Symbol.asyncDispose]();
});

test('F03 a partition that moves, or that somebody took over, is left to whoever has it', async () => {
  const begun: Partition[] = [];
  const [moving, taken] = [
    { partition: one, n: 0, fence: 1 },
    { partition: two, n: 7, fence: 0 },
  ];
  const find = () =>
    Promise.resolve([
      { ...moving, n: (moving.n += 1) },
      { ...taken, fence: (taken.fence += 1) },
    ]);
  const project = (partition: Partition): Promise<unknown> => Promise.resolve(begun.push(partition));
  const watch = new Watch(find, project, pino({ level: 'silent' }));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(begun).toEqual([]);
  await watch[Symbol.asyncDispose]();
});
