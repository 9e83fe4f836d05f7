import { expect, test } from 'vitest';
import { gapText } from './gap-text.ts';

const gap = { kind: 'gap', key: 'w5', from: 5, to: 5, withheld: true } as const;

test('ux C16: what is not shown says why, and what to do where something helps', () => {
  expect(gapText(gap)).toBe('Entry #5: from a time in which you were not a member');
  expect(gapText({ ...gap, unreadable: 'erased' })).toBe('Entry #5: the text was erased for everybody');
  expect(gapText({ ...gap, unreadable: 'unknown' })).toMatch(/newer Parley than this page\. Load the page again/);
  expect(gapText({ ...gap, to: 9, withheld: false })).toBe('5 entries, #5 to #9: missing here, being fetched');
});
