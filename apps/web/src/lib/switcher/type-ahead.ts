/** Keys that were pressed for a field that is not there yet. */
export class TypeAhead {
  #keys: string[] = [];

  /** Keeps a key press that writes or sends, and takes it from whatever has the focus now. */
  take(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== 'Enter' && Array.from(event.key).length !== 1) return;
    event.preventDefault();
    this.#keys.push(event.key);
  }

  /** Gives the field the focus and all keys, in order, as if they were pressed there. */
  replay(field: HTMLTextAreaElement): void {
    field.focus();
    for (const key of this.#keys.splice(0)) {
      if (key === 'Enter') field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      else {
        field.setRangeText(key, field.selectionStart, field.selectionEnd, 'end');
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      }
    }
  }
}
