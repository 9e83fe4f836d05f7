/** Keys that were pressed for a field that is not there yet. */
export class TypeAhead {
  #keys = $state.raw<readonly string[]>([]);

  /** What was typed so far, for whoever waits to see that it is kept. */
  get text(): string {
    return this.#keys.map((key) => (key === 'Enter' ? '⏎' : key)).join('');
  }

  /** Keeps a key press that writes or sends, and takes it from whatever has the focus now. */
  take(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== 'Enter' && Array.from(event.key).length !== 1) return;
    event.preventDefault();
    this.#keys = [...this.#keys, event.key];
  }

  /** Gives the field the focus and all keys, in order, as if they were pressed there. */
  replay(field: HTMLTextAreaElement): void {
    field.focus();
    const keys = this.#keys;
    this.#keys = [];
    for (const key of keys) {
      if (key === 'Enter') field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      else {
        field.setRangeText(key, field.selectionStart, field.selectionEnd, 'end');
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      }
    }
  }
}
