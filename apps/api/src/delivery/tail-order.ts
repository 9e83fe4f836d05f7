/** What to do with an entry of the fan-out stream. */
export type Place = 'next' | 'hole';

/**
 * Watches the dense counter that every fan-out entry carries. After any number but the last one plus 1, entries may be
 * missing, and membership changes with them.
 */
export class TailOrder {
  #last: number | undefined;

  /** @returns whether the entry follows the one before. The first entry ever seen does. */
  place(n: number): Place {
    const expected = this.#last === undefined || n === this.#last + 1;
    this.#last = Number.isSafeInteger(n) ? n : undefined;
    return expected && Number.isSafeInteger(n) ? 'next' : 'hole';
  }
}
