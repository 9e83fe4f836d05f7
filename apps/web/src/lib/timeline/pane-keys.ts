import { isComposing } from '../composer/keys.ts';

export type PaneKey = 'details' | 'unread' | 'newest';

/** @returns what a key press means in an open conversation, or null. In a field with text its own keys come first. */
export function paneKeyOf(event: KeyboardEvent): PaneKey | null {
  const { target, key, shiftKey, altKey } = event;
  if (altKey || isComposing(event) || (target instanceof Element && target.closest('dialog'))) return null;
  const mod = event.ctrlKey || event.metaKey;
  if (mod && !shiftKey && key === '.') return 'details';
  if (isWrittenIn(target)) return null;
  if (!mod && shiftKey && key === 'PageUp') return 'unread';
  return mod && !shiftKey && key === 'End' ? 'newest' : null;
}

function isWrittenIn(target: EventTarget | null): boolean {
  return (target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement) && target.value !== '';
}
