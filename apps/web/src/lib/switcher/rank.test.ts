import { expect, test } from 'vitest';
import { matches, rank } from './rank.ts';

test('the start comes before the start of a word, that before the middle, that before scattered letters', () => {
  expect(rank('la', ['slab', 'the launch', 'launch', 'l-x-a'], (text) => text)).toEqual([
    'launch',
    'the launch',
    'slab',
    'l-x-a',
  ]);
});

test('accents and capitals do not matter', () => expect(matches('TOMAS', 'Tomás Vidal')).toBe(true));

test('an empty search keeps everything in its order', () => {
  expect(rank('', ['b', 'a'], (text) => text)).toEqual(['b', 'a']);
});
