// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { paneKeyOf, type PaneKey } from './pane-keys.ts';

/** @returns what a key means that is pressed in the textarea of some page, or in another part of it. */
function meansIn(page: string, init: KeyboardEventInit, part = 'textarea'): PaneKey | null {
  document.body.innerHTML = page;
  let meant: PaneKey | null = null;
  const hear = (event: KeyboardEvent): void => void (meant = paneKeyOf(event));
  document.body.addEventListener('keydown', hear, { once: true });
  document.querySelector(part)?.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
  return meant;
}

const empty = '<textarea></textarea>';
const written = '<textarea>half a thought</textarea>';

test('check 36: Ctrl+. opens and closes the details, also while one writes', () => {
  expect(meansIn(empty, { key: '.', ctrlKey: true })).toBe('details');
  expect(meansIn(written, { key: '.', ctrlKey: true })).toBe('details');
  expect(meansIn(empty, { key: '.', ctrlKey: true, shiftKey: true }), 'where the point needs Shift').toBe('details');
  expect(meansIn(empty, { key: '.' })).toBeNull();
});

test('check 36: Shift+PageUp goes to the first unread, Ctrl+End to the newest; in what is written they move the caret', () => {
  expect(meansIn(empty, { key: 'PageUp', shiftKey: true })).toBe('unread');
  expect(meansIn(empty, { key: 'End', ctrlKey: true })).toBe('newest');
  expect(meansIn(written, { key: 'PageUp', shiftKey: true })).toBeNull();
  expect(meansIn(written, { key: 'End', ctrlKey: true })).toBeNull();
});

test('check 25: Ctrl+Z takes a deletion back wherever nothing is written, also with Caps Lock', () => {
  for (const key of ['z', 'Z']) expect(meansIn(empty, { key, ctrlKey: true }, 'body')).toBe('undo');
  expect(meansIn(empty, { key: 'z', ctrlKey: true, shiftKey: true }, 'body')).toBeNull();
  for (const page of [empty, written]) expect(meansIn(page, { key: 'z', ctrlKey: true })).toBeNull();
});

test('a dialog over the conversation keeps its keys', () => {
  expect(meansIn(`<dialog open>${empty}</dialog>`, { key: '.', ctrlKey: true })).toBeNull();
});
