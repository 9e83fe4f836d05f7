import { isComposing } from '../composer/keys.ts';

/** @returns whether a key press is an Esc for the conversation: not for a dialog over it, and not for an input method. */
export function isEscapeHere(event: KeyboardEvent): boolean {
  if (event.key !== 'Escape' || event.defaultPrevented || isComposing(event)) return false;
  return !(event.target instanceof Element && event.target.closest('dialog'));
}
