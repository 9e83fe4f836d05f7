// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { isEscapeHere } from './escape.ts';

/** @returns whether the pane takes a key that is pressed in the field of some page within it. */
function takes(page: string, init: KeyboardEventInit = { key: 'Escape' }): boolean {
  document.body.innerHTML = `<div id="pane">${page}</div>`;
  let taken = false;
  document.querySelector('#pane')?.addEventListener('keydown', (event) => {
    taken = isEscapeHere(event as KeyboardEvent);
  });
  document.querySelector('input')?.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
  return taken;
}

test('Esc in a conversation is for it, another key is not', () => {
  expect(takes('<input>')).toBe(true);
  expect(takes('<input>', { key: 'Enter' })).toBe(false);
});

test('check 36: Esc in a dialog over a conversation closes the dialog alone', () => {
  expect(takes('<dialog><form><input></form></dialog>')).toBe(false);
});

test('ux C22: Esc that ends a composition of an input method leads nowhere', () => {
  expect(takes('<input>', { key: 'Escape', isComposing: true })).toBe(false);
});
