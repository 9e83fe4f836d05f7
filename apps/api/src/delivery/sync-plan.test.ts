import { describe, expect, test } from 'vitest';
import { lastVisible, planRun } from './sync-plan.ts';

describe('planRun', () => {
  test('all is seen by who sees all', () => {
    expect(planRun(3, 9, [{ from: 1 }], 100)).toEqual({
      events: [{ from: 3, to: 9 }],
      withheld: [],
      reached: 9,
      more: false,
    });
  });
  test('what lies before, between and after the stays is withheld', () => {
    expect(
      planRun(
        1,
        20,
        [
          { from: 3, to: 5 },
          { from: 9, to: 12 },
        ],
        100,
      ),
    ).toEqual({
      events: [
        { from: 3, to: 5 },
        { from: 9, to: 12 },
      ],
      withheld: [
        { from: 1, to: 2 },
        { from: 6, to: 8 },
        { from: 13, to: 20 },
      ],
      reached: 20,
      more: false,
    });
  });
  test('a full page is cut, and goes on without a hole', () => {
    const first = planRun(1, 20, [{ from: 3, to: 5 }, { from: 9 }], 5);
    expect(first).toEqual({
      events: [
        { from: 3, to: 5 },
        { from: 9, to: 10 },
      ],
      withheld: [
        { from: 1, to: 2 },
        { from: 6, to: 8 },
      ],
      reached: 10,
      more: true,
    });
    expect(planRun(first.reached + 1, 20, [{ from: 3, to: 5 }, { from: 9 }], 100).events).toEqual([
      { from: 11, to: 20 },
    ]);
  });
  test('a page that is full exactly at the end of a stay leaves the rest for the next', () => {
    expect(planRun(1, 9, [{ from: 1, to: 5 }], 5)).toMatchObject({ reached: 5, more: true, withheld: [] });
    expect(planRun(6, 9, [{ from: 1, to: 5 }], 5)).toMatchObject({
      reached: 9,
      more: false,
      withheld: [{ from: 6, to: 9 }],
    });
  });
  test('nothing new is nothing', () => {
    expect(planRun(10, 9, [{ from: 1 }], 5)).toEqual({ events: [], withheld: [], reached: 9, more: false });
  });
});

test('who has left sees up to the end of the last stay', () => {
  expect(lastVisible([{ from: 1, to: 4 }], 9)).toBe(4);
  expect(lastVisible([{ from: 1, to: 4 }, { from: 6 }], 9)).toBe(9);
  expect(lastVisible([], 9)).toBe(0);
});
