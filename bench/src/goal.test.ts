import { expect, test } from 'vitest';
import { isMet } from './goal.ts';

test('P1, P2: a goal of which a part was not measured is not called met, and one of which a part was missed is missed', () => {
  expect(isMet([true, true])).toBe(true);
  expect(isMet([true, undefined])).toBeNull();
  expect(isMet([undefined, false, true])).toBe(false);
});
