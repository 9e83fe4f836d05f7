import type { TimelineItem } from '@parley/client';
import { expect, test } from 'vitest';
import { FIRST_ROWS, MOST_ROWS, stepDown, stepUp, stretchWith, windowAround, windowRange } from './timeline-window.ts';

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

const gap = (from: number, to: number, more: { unloaded?: true; withheld?: boolean }): TimelineItem => ({
  ...{ kind: 'gap', key: `${from}-${to}`, from, to, withheld: false },
  ...more,
});
const held = (from: number, to: number): TimelineItem => gap(from, to, { withheld: true });
const apart = [
  held(1, 9),
  gap(10, 19, { unloaded: true }),
  held(20, 24),
  gap(25, 60, { unloaded: true }),
  held(61, 70),
];

test.each([
  ['20-24', '20-24', 20, 24],
  ['1-9', '1-9', null, 9],
  ['61-70', '61-70', 61, null],
  [null, '61-70', 61, null],
  ['gone', '61-70', 61, null],
])('E18: nobody passes over what is not loaded: with %s the page has %s', (first, items, before, after) => {
  const stretch = stretchWith(apart, first);
  expect(stretch.items.map((item) => (item.kind === 'gap' ? item.key : ''))).toEqual([items]);
  expect([stretch.before, stretch.after]).toEqual([before, after]);
});

test('what may not be seen, or is on its way, parts nothing', () => {
  const items = [held(1, 9), gap(10, 12, {})];
  expect(stretchWith(items, '1-9')).toEqual({ items, before: null, after: null });
});
