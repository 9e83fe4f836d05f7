/** Time that runs out once, and can be held meanwhile. */
export class Countdown {
  readonly #over: () => void;
  #left: number;
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Stands still until `run`. */
  constructor(ms: number, over: () => void) {
    this.#left = ms;
    this.#over = over;
  }

  run(): void {
    if (this.#timer !== undefined) return;
    this.#since = Date.now();
    this.#timer = setTimeout(this.#over, this.#left);
  }

  /** Keeps what is left. */
  hold(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#left -= Date.now() - this.#since;
  }
}
