import { expect, test } from 'vitest';
import { pageRange } from './page-range.ts';

const all = [{ from: 1 }];
const late = [{ from: 101 }];
const twice = [{ from: 11, to: 20 }, { from: 91 }];

test.each([
  ['the newest', { limit: 50 }, 1000, all, { from: 951, to: 1000 }],
  ['before', { before: 951, limit: 50 }, 1000, all, { from: 901, to: 950 }],
  ['before the first', { before: 1, limit: 50 }, 1000, all, { from: 1, to: 0 }],
  ['before what does not exist yet', { before: 5000, limit: 50 }, 1000, all, { from: 951, to: 1000 }],
  ['fewer than asked', { before: 10, limit: 50 }, 1000, all, { from: 1, to: 9 }],
  ['after', { after: 100, limit: 50 }, 1000, all, { from: 101, to: 150 }],
  ['after nothing', { after: 0, limit: 50 }, 1000, all, { from: 1, to: 50 }],
  ['after the head', { after: 1000, limit: 50 }, 1000, all, { from: 1001, to: 1000 }],
  ['after what does not exist yet', { after: 5000, limit: 50 }, 1000, all, { from: 1001, to: 1000 }],
  ['an empty conversation', { limit: 50 }, 0, all, { from: 1, to: 0 }],
  ['all below is withheld: in one run', { before: 111, limit: 50 }, 1000, late, { from: 1, to: 110 }],
  ['over a stretch away, backwards', { limit: 15 }, 100, twice, { from: 16, to: 100 }],
  ['over a stretch away, forwards', { after: 0, limit: 15 }, 100, twice, { from: 1, to: 95 }],
] as const)('%s', (_, wish, head, visible, range) => {
  expect(pageRange(wish, head, visible)).toEqual(range);
});
