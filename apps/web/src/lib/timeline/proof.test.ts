import { expect, test } from 'vitest';
import { proofOf } from './proof.ts';

test('G1: a device that knows the end of a conversation and holds nothing of it claims nothing', () => {
  expect(proofOf({ held: null, head: 5_000 })).toMatchObject({ state: 'empty', title: 'Nothing is here yet' });
});

test('G1: what is held is named from its first to its last entry', () => {
  const whole = proofOf({ held: { first: 4_951, last: 5_000 }, head: 5_000 });
  expect(whole.state).toBe('whole');
  expect(whole.text.replaceAll(/[^\d# ]/g, '')).toContain('#4951  #5000');
  expect(proofOf({ held: { first: 1, last: 3 }, head: 3 }).text).not.toContain('Older');
});

test('G1: what is known to exist and not here yet is said to be on its way', () => {
  expect(proofOf({ held: { first: 1, last: 3 }, head: 7 })).toMatchObject({ state: 'behind', title: 'Catching up' });
});
