import { SvelteMap } from 'svelte/reactivity';

interface Planned {
  readonly seq: number;
  /** Undefined once the deletion is on its way. */
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

/** Messages that are hidden here and deleted for all once the time to change one's mind is over. */
export class PlannedDeletions {
  readonly #carryOut: (seq: number) => void;
  readonly #planned = new SvelteMap<string, Planned>();

  constructor(carryOut: (seq: number) => void) {
    this.#carryOut = carryOut;
  }

  has(key: string): boolean {
    return this.#planned.has(key);
  }

  /**
   * @param key the message's key in the timeline.
   * @returns how to keep the message; of no use once the time is over.
   */
  plan(key: string, seq: number, afterMs: number): () => void {
    this.#planned.set(key, { seq, timer: setTimeout(() => this.#now(key), afterMs) });
    return () => {
      const planned = this.#planned.get(key);
      if (planned?.timer === undefined) return;
      clearTimeout(planned.timer);
      this.#planned.delete(key);
    };
  }

  /** Carries out what is planned, because the conversation or the page is left. */
  flush(): void {
    for (const key of this.#planned.keys()) this.#now(key);
  }

  #now(key: string): void {
    const planned = this.#planned.get(key);
    if (planned?.timer === undefined) return;
    clearTimeout(planned.timer);
    this.#planned.set(key, { seq: planned.seq, timer: undefined });
    this.#carryOut(planned.seq);
  }
}
