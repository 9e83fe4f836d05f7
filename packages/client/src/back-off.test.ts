import { describe, expect, it } from 'vitest';
import { backOff } from './back-off.ts';

describe('backOff', () => {
  it('E10: is spread over the whole range, so that clients do not come back together', () => {
    expect([0, 0.5, 1].map((random) => backOff(3, 0, () => random))).toEqual([0, 1_000, 2_000]);
  });

  it('stays below 3 s while the server was seen within a minute, and below 30 s later', () => {
    expect(backOff(50, 59_000, () => 1)).toBe(3_000);
    expect(backOff(50, 61_000, () => 1)).toBe(30_000);
    expect(backOff(0, 61_000, () => 1)).toBe(250);
  });
});
