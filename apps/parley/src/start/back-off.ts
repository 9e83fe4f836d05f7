const FIRST_MS = 200;
const LONGEST_MS = 10_000;
const HEALTHY_MS = 30_000;

/** How long to wait before something that died is started again: twice as long each time, from 0.2 s to 10 s. */
export class BackOff {
  #next = FIRST_MS;

  /** @param livedMs how long it had run; a long life starts over at 0.2 s. @returns milliseconds to wait. */
  after(livedMs: number): number {
    if (livedMs >= HEALTHY_MS) this.#next = FIRST_MS;
    const wait = this.#next;
    this.#next = Math.min(this.#next * 2, LONGEST_MS);
    return wait;
  }
}
