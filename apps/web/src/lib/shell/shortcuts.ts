export type Shortcut =
  'switch' | 'keys' | 'previous' | 'next' | 'previous-unread' | 'next-unread' | 'next-region' | 'previous-region';

/** @returns what a key press means anywhere in the app, or null. */
export function shortcutOf(event: KeyboardEvent): Shortcut | null {
  const mod = event.ctrlKey || event.metaKey;
  if (event.key === 'F6' && event.ctrlKey && !event.altKey) return event.shiftKey ? 'previous-region' : 'next-region';
  if (mod && !event.altKey && !event.shiftKey) {
    if (event.key.toLowerCase() === 'k') return 'switch';
    return event.key === '/' ? 'keys' : null;
  }
  if (mod) return null;
  if (event.altKey) return moveOf(event);
  return event.key === '?' && isAtMessage(event.target) ? 'keys' : null;
}

function moveOf({ key, shiftKey }: KeyboardEvent): Shortcut | null {
  if (key === 'ArrowUp') return shiftKey ? 'previous-unread' : 'previous';
  if (key === 'ArrowDown') return shiftKey ? 'next-unread' : 'next';
  return null;
}

/** Single signs act only while a message itself has the focus (WCAG 2.1.4). */
function isAtMessage(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('[data-row] > article');
}
