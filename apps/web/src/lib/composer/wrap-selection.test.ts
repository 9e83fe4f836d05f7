import { expect, test } from 'vitest';
import { linkSelection, replaceSelection, wrapSelection } from './wrap-selection.ts';

test('a selection is marked, and the mark taken away again', () => {
  const marked = wrapSelection({ text: 'a bold word', start: 2, end: 6 }, '**');
  expect(marked).toEqual({ text: 'a **bold** word', start: 4, end: 8 });
  expect(wrapSelection(marked, '**')).toEqual({ text: 'a bold word', start: 2, end: 6 });
});

test('a selection becomes the words of a link, whose address is to be typed; without one the words are', () => {
  const linked = linkSelection({ text: 'see the plan', start: 4, end: 12 });
  expect(linked.text).toBe('see [the plan](https://)');
  expect(linked.text.slice(linked.start, linked.end)).toBe('https://');
  expect(linkSelection({ text: '', start: 0, end: 0 })).toEqual({ text: '[](https://)', start: 1, end: 1 });
});

test('an insertion takes the place of the selection', () => {
  expect(replaceSelection({ text: 'abc', start: 1, end: 2 }, '🎉')).toEqual({ text: 'a🎉c', start: 3, end: 3 });
});
