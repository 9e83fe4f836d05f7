import { expect, test } from 'vitest';
import { FIRST_ROWS, MOST_ROWS, stepDown, stepUp, windowAround, windowRange } from './timeline-window.ts';

const keys = Array.from({ length: 1_000 }, (_, at) => `k${at}`);

test('following shows the newest', () => {
  expect(windowRange(keys, null)).toEqual({ from: 1_000 - FIRST_ROWS, to: 1_000 });
});

test('never more rows than allowed, however far one goes up', () => {
  let first: string | null = null;
  for (let step = 0; step < 20; step += 1) {
    first = stepUp(keys, windowRange(keys, first));
    const { from, to } = windowRange(keys, first);
    expect(to - from).toBeLessThanOrEqual(MOST_ROWS);
  }
  expect(windowRange(keys, first).from).toBe(0);
});

test('going down ends at the newest', () => {
  let first: string | null = 'k0';
  for (let step = 0; step < 20; step += 1) first = stepDown(keys, windowRange(keys, first));
  expect(windowRange(keys, first)).toEqual({ from: 1_000 - MOST_ROWS, to: 1_000 });
});

test('older items before the window move nothing in it', () => {
  const older = ['older-1', 'older-2', ...keys];
  const { from, to } = windowRange(keys, 'k500');
  expect(windowRange(older, 'k500')).toEqual({ from: from + 2, to: to + 2 });
});

test('a window around an item has rows before it', () => {
  const { from, to } = windowRange(keys, windowAround(keys, 400));
  expect(from).toBeLessThan(400);
  expect(to).toBeGreaterThan(400);
});

test('a window whose first item is gone follows the newest', () => {
  expect(windowRange(keys, 'gone').to).toBe(1_000);
});
