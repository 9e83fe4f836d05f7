import { isWrittenIn } from '../composer/keys.ts';

export type Shortcut =
  'switch' | 'keys' | 'previous' | 'next' | 'previous-unread' | 'next-unread' | 'next-region' | 'previous-region';

/** @returns what a key press means anywhere in the app, or null. */
export function shortcutOf(event: KeyboardEvent): Shortcut | null {
  const mod = event.ctrlKey || event.metaKey;
  if (event.key === 'F6' && event.ctrlKey && !event.altKey) return event.shiftKey ? 'previous-region' : 'next-region';
  if (mod && !event.altKey) {
    // On some keyboards the stroke itself needs Shift.
    if (event.key === '/') return 'keys';
    return !event.shiftKey && event.key.toLowerCase() === 'k' ? 'switch' : null;
  }
  if (mod) return null;
  if (event.altKey) return moveOf(event);
  return event.key === '?' && isAtMessage(event.target) ? 'keys' : null;
}

/** With Shift these select by paragraph on a Mac: in what is written they stay with the text. */
function moveOf({ key, shiftKey, target }: KeyboardEvent): Shortcut | null {
  if (shiftKey && isWrittenIn(target)) return null;
  if (key === 'ArrowUp') return shiftKey ? 'previous-unread' : 'previous';
  if (key === 'ArrowDown') return shiftKey ? 'next-unread' : 'next';
  return null;
}

/** Single signs act only while a message itself has the focus (WCAG 2.1.4). */
function isAtMessage(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('[data-row] > article');
}
