import { isComposing, isField, isWrittenIn } from '../composer/keys.ts';

export type PaneKey = 'details' | 'unread' | 'newest' | 'undo';

/** @returns what a key press means in an open conversation, or null. In a field with text its own keys come first. */
export function paneKeyOf(event: KeyboardEvent): PaneKey | null {
  const { target, key, shiftKey, altKey } = event;
  if (altKey || isComposing(event) || (target instanceof Element && target.closest('dialog'))) return null;
  const mod = event.ctrlKey || event.metaKey;
  // On some keyboards the point itself needs Shift.
  if (mod && key === '.') return 'details';
  if (mod && !shiftKey && key.toLowerCase() === 'z') return isField(target) ? null : 'undo';
  if (isWrittenIn(target)) return null;
  if (!mod && shiftKey && key === 'PageUp') return 'unread';
  return mod && !shiftKey && key === 'End' ? 'newest' : null;
}
