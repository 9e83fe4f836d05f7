/**
 * @returns whether a key press belongs to an input method that is composing a character. Safari ends the composition
 * before its Enter arrives and says so only by key code 229.
 */
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- no other property tells it in Safari
  return event.isComposing || event.keyCode === 229;
}

/** @returns whether keys of the caret and of selecting mean something where the focus is: in a field with text. */
export function isWrittenIn(target: EventTarget | null): boolean {
  return isField(target) && target.value !== '';
}

/** @returns whether an element is one to write in. */
export function isField(target: EventTarget | null): target is HTMLInputElement | HTMLTextAreaElement {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
}

/** @returns whether a key press sends: Enter alone, and not to accept a composed character. */
export function sends(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.altKey && !isComposing(event);
}

/** @returns whether a key press makes a link: Ctrl+Shift+L. */
export function isLinkKey(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && event.shiftKey && !event.altKey && event.key.toLowerCase() === 'l';
}
