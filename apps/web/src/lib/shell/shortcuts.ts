export type Shortcut = 'switch' | 'keys' | 'previous' | 'next' | 'next-region' | 'previous-region';

/** @returns what a key press means anywhere in the app, or null. */
export function shortcutOf(event: KeyboardEvent): Shortcut | null {
  const mod = event.ctrlKey || event.metaKey;
  if (event.key === 'F6' && event.ctrlKey && !event.altKey) return event.shiftKey ? 'previous-region' : 'next-region';
  if (mod && !event.altKey && !event.shiftKey) {
    if (event.key.toLowerCase() === 'k') return 'switch';
    return event.key === '/' ? 'keys' : null;
  }
  if (!event.altKey || mod || event.shiftKey) return null;
  if (event.key === 'ArrowUp') return 'previous';
  return event.key === 'ArrowDown' ? 'next' : null;
}
