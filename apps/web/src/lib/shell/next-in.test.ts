import { expect, test } from 'vitest';
import { nextIn } from './next-in.ts';

const list = ['a', 'b', 'c', 'd'];
const any = (): boolean => true;

test('the next one and the previous one, round both ends', () => {
  expect([nextIn(list, 1, 1, any), nextIn(list, 1, -1, any)]).toEqual(['c', 'a']);
  expect([nextIn(list, 3, 1, any), nextIn(list, 0, -1, any)]).toEqual(['a', 'd']);
});

test('whoever is nowhere begins at the near end', () => {
  expect([nextIn(list, -1, 1, any), nextIn(list, -1, -1, any)]).toEqual(['a', 'd']);
});

test('only what is wanted, and never where one is already', () => {
  const isUnread = (entry: string): boolean => entry === 'a' || entry === 'b';
  expect([nextIn(list, 2, 1, isUnread), nextIn(list, 2, -1, isUnread), nextIn(list, 0, 1, isUnread)]).toEqual([
    'a',
    'b',
    'b',
  ]);
  expect(nextIn(list, 0, 1, (entry) => entry === 'a')).toBeUndefined();
  expect(nextIn<string>([], -1, 1, any)).toBeUndefined();
});
