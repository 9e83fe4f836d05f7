/**
 * Tells listeners that something changed: once per turn of the event loop however often it changed, never inside the
 * call that changed it. A listener that throws doesn't stop the others.
 */
export class Notifier<Topic> {
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly #due = new Set<Topic>();

  on(topic: Topic, listener: () => void): () => void {
    const known = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, known);
    // A wrapper of its own, so that the same function can listen twice and each ends alone.
    const entry = (): void => listener();
    known.add(entry);
    return () => {
      known.delete(entry);
      if (known.size === 0 && this.#listeners.get(topic) === known) this.#listeners.delete(topic);
    };
  }

  tell(topic: Topic): void {
    if (this.#due.has(topic) || !this.#listeners.has(topic)) return;
    this.#due.add(topic);
    queueMicrotask(() => this.#call(topic));
  }

  clear(): void {
    this.#listeners.clear();
  }

  #call(topic: Topic): void {
    this.#due.delete(topic);
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) {
      try {
        listener();
      } catch (fault) {
        reportError(fault);
      }
    }
  }
}

/** The fault belongs to the listener's owner: it surfaces as an uncaught error of its own, without ending this call. */
function reportError(fault: unknown): void {
  setTimeout(() => {
    throw fault;
  });
}
