// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { shortcutOf, type Shortcut } from './shortcuts.ts';

/** @returns what a key means that is pressed at an element of a page. */
function meansAt(selector: string, init: KeyboardEventInit): Shortcut | null {
  document.body.innerHTML =
    '<ol><li data-row><article tabindex="0"><button></button></article></li></ol><textarea></textarea>';
  let meant: Shortcut | null = null;
  document.body.addEventListener('keydown', (event) => void (meant = shortcutOf(event)), { once: true });
  document.querySelector(selector)?.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
  return meant;
}

test.each([
  ['the previous conversation', { key: 'ArrowUp', altKey: true }, 'previous'],
  ['the next one', { key: 'ArrowDown', altKey: true }, 'next'],
  ['the previous unread one', { key: 'ArrowUp', altKey: true, shiftKey: true }, 'previous-unread'],
  ['the next unread one', { key: 'ArrowDown', altKey: true, shiftKey: true }, 'next-unread'],
  ['the switcher', { key: 'k', ctrlKey: true }, 'switch'],
  ['the list of keys', { key: '/', ctrlKey: true }, 'keys'],
  ['it where the stroke needs Shift', { key: '/', ctrlKey: true, shiftKey: true }, 'keys'],
])('check 36: a key for %s, also while one writes', (_what, init, shortcut) => {
  expect(meansAt('textarea', init)).toBe(shortcut);
});

test('check 36: with Shift and Alt the arrows stay with what is written: on a Mac they select there', () => {
  document.body.innerHTML = '<textarea>half a thought</textarea>';
  const field = document.querySelector('textarea');
  const meant = ['ArrowUp', 'ArrowDown'].flatMap((key) => {
    const event = new KeyboardEvent('keydown', { key, altKey: true, shiftKey: true });
    field?.dispatchEvent(event);
    return [shortcutOf(event)];
  });
  expect(meant).toEqual([null, null]);
});

test('check 36: ? shows the keys where a message has the focus; elsewhere it is a sign to write', () => {
  expect(meansAt('article', { key: '?', shiftKey: true })).toBe('keys');
  expect(meansAt('textarea', { key: '?', shiftKey: true })).toBeNull();
  expect(meansAt('button', { key: '?', shiftKey: true })).toBeNull();
});
