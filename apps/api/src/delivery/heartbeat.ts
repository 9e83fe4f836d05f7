/**
 * How often a node speaks to itself, how often while it does not hear itself, and how long it may go without, in
 * milliseconds.
 */
export const heartbeatTimes = { every: 1_000, whileDeaf: 200, deafAfter: 5_000 } as const;

/**
 * A node's own heartbeat through the fan-out. Not heard for 5 seconds: the node may have missed removals and
 * revocations, so it must not deliver. It begins deaf.
 */
export class Heartbeat {
  readonly #send: () => Promise<void>;
  readonly #changed: (hearing: boolean) => void;
  readonly #timer: NodeJS.Timeout;
  #heardAt = Number.NEGATIVE_INFINITY;
  #sentAt = Number.NEGATIVE_INFINITY;
  #hearing = false;
  #sending = false;

  /**
   * @param send writes one heartbeat into the fan-out; may reject.
   * @param changed told whenever hearing begins or ends.
   */
  constructor(send: () => Promise<void>, changed: (hearing: boolean) => void) {
    this.#send = send;
    this.#changed = changed;
    this.#timer = setInterval(() => this.#beat(), heartbeatTimes.whileDeaf);
    this.#beat();
  }

  get hearing(): boolean {
    return this.#hearing;
  }

  /** The node's own heartbeat came round. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#set(true);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (performance.now() - this.#heardAt > heartbeatTimes.deafAfter) this.#set(false);
    const due = !this.#hearing || performance.now() - this.#sentAt >= heartbeatTimes.every;
    if (this.#sending || !due) return;
    this.#sending = true;
    this.#sentAt = performance.now();
    // A heartbeat that can't be written is one that won't be heard: that alone is the alarm.
    const done = (): void => {
      this.#sending = false;
    };
    this.#send().then(done, done);
  }

  #set(hearing: boolean): void {
    if (this.#hearing === hearing) return;
    this.#hearing = hearing;
    this.#changed(hearing);
  }
}
