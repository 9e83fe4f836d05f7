import { SvelteSet } from 'svelte/reactivity';

/** A message that is hidden here and not deleted yet. The first of the two calls decides. */
export interface PlannedDeletion {
  /** @returns whether it was not too late. */
  readonly keep: () => boolean;
  readonly carryOut: () => void;
}

/** Messages that are hidden here, and deleted for all unless their author changes their mind. */
export class PlannedDeletions {
  readonly #carryOut: (seq: number) => Promise<unknown>;
  /** Hidden: until the message is kept, or the deletion stands in the timeline itself. */
  readonly #hidden = new SvelteSet<string>();
  readonly #open = new SvelteSet<PlannedDeletion>();

  /** @param carryOut resolves when the timeline shows the deletion; what it rejects with brings the message back. */
  constructor(carryOut: (seq: number) => Promise<unknown>) {
    this.#carryOut = carryOut;
  }

  /** @param key the message's key in the timeline. */
  has(key: string): boolean {
    return this.#hidden.has(key);
  }

  /** @param ended called once it is decided, either way. */
  plan(key: string, seq: number, ended: () => void): PlannedDeletion {
    const decide = (): boolean => {
      if (!this.#open.delete(planned)) return false;
      ended();
      return true;
    };
    const planned: PlannedDeletion = {
      keep: () => decide() && this.#hidden.delete(key),
      carryOut: () => {
        if (decide()) void this.#now(key, seq);
      },
    };
    this.#open.add(planned);
    this.#hidden.add(key);
    return planned;
  }

  /** Takes back the one that was planned last. @returns whether there was one. */
  keepLast(): boolean {
    return [...this.#open].at(-1)?.keep() ?? false;
  }

  /** Carries out what is planned, because the conversation or the page is left. */
  flush(): void {
    for (const planned of [...this.#open]) planned.carryOut();
  }

  /** From then on the timeline says whether the message is deleted: also that it is not, where the server refused. */
  async #now(key: string, seq: number): Promise<void> {
    await this.#carryOut(seq).finally(() => this.#hidden.delete(key));
  }
}
