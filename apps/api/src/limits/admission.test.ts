import { RefusalError } from '@parley/events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Admission } from './admission.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const bounds = { atOnce: 2, inLine: 3, lineMs: 4_000, turnMs: 3_000 };

/** What became of many who came at once. */
function arrive(admission: Admission, count: number) {
  const inside: { at: number; leave: () => void }[] = [];
  const refused: RefusalError[] = [];
  for (let at = 0; at < count; at += 1)
    admission.enter().then(
      (leave) => inside.push({ at, leave }),
      (error: unknown) => error instanceof RefusalError && refused.push(error),
    );
  return { inside, refused };
}

const moment = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test('E10: so many come in at once, so many wait, in their order; the others are told different times to come back', async () => {
  const admission = new Admission(bounds);
  const { inside, refused } = arrive(admission, 40);
  await moment();
  expect(inside.map(({ at }) => at)).toEqual([0, 1]);
  expect(refused).toHaveLength(35);
  const waits = refused.map(({ refusal }) => refusal.retryAfterMs ?? 0);
  for (const { refusal } of refused) expect(refusal.kind).toBe('not_ready');
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
  expect(new Set(waits).size).toBeGreaterThan(20);

  inside[0]?.leave();
  inside[0]?.leave();
  await moment();
  expect(inside.map(({ at }) => at)).toEqual([0, 1, 2]);
});

test('E10: whoever comes in and then does nothing keeps nobody out for long', async () => {
  const { inside, refused } = arrive(new Admission(bounds), 5);
  await vi.advanceTimersByTimeAsync(2_999);
  expect(inside).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(inside).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(3_000);
  expect([inside.length, refused.length]).toEqual([4, 1]);
});

test('a turn that is over is given to one other only, also when its time passes as well', async () => {
  const { inside } = arrive(new Admission({ ...bounds, lineMs: 60_000 }), 5);
  await moment();
  for (const { leave } of inside.slice()) leave();
  await moment();
  expect(inside).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(2_999);
  expect(inside).toHaveLength(4);
});
