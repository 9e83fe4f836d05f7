import { expect, test } from 'vitest';
import { replaceSelection, wrapSelection } from './wrap-selection.ts';

test('a selection is marked, and the mark taken away again', () => {
  const marked = wrapSelection({ text: 'a bold word', start: 2, end: 6 }, '**');
  expect(marked).toEqual({ text: 'a **bold** word', start: 4, end: 8 });
  expect(wrapSelection(marked, '**')).toEqual({ text: 'a bold word', start: 2, end: 6 });
});

test('an insertion takes the place of the selection', () => {
  expect(replaceSelection({ text: 'abc', start: 1, end: 2 }, '🎉')).toEqual({ text: 'a🎉c', start: 3, end: 3 });
});
