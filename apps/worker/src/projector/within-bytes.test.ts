import type { UnreadableEntry } from '@parley/events/log';
import { expect, test } from 'vitest';
import { withinBytes } from './within-bytes.ts';

const entry = (n: number, bytes: number): UnreadableEntry => ({
  ...{ n, unreadable: 'it is broken' },
  fields: { b: Buffer.alloc(bytes) },
});
const taken = (...sizes: readonly number[]): number =>
  withinBytes(sizes.map((bytes, at) => entry(at + 1, bytes))).length;

test('trap 22 a transaction takes as many entries as it can carry, and one in any case', () => {
  expect(taken(1_000, 1_000)).toBe(2);
  expect(taken(7_000_000, 7_000_000, 7_000_000, 7_000_000)).toBe(2);
  expect(taken(50_000_000, 1_000)).toBe(1);
  expect(taken()).toBe(0);
});
