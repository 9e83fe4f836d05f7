import type { Partition } from '../contract/ids.ts';

/** What one partition sends, and what it does with the answer. */
export interface Load {
  readonly partition: Partition;
  readonly records: Buffer;
  landed(reply: Buffer): void;
  lost(error: unknown): void;
}

/** A partition with commands that wait. @returns what of them may go now, or undefined. */
export interface Shipper {
  take(): Load | undefined;
}

/** Sends all loads at once. @returns for each the script's reply, or the error. */
export type SendLoads = (loads: readonly Load[]) => Promise<readonly (Buffer | Error)[]>;

/**
 * The appends of a node on their way to the log: one flight at a time, for all partitions together. While it is away the
 * commands of all of them collect, and the next one takes them all along: one write, one fsync, no wait that would not be
 * there anyway. A partition by itself still has one call in the air at most.
 */
export class Flight {
  readonly #send: SendLoads;
  #shippers = new Set<Shipper>();
  #away = false;
  #scheduled = false;

  constructor(send: SendLoads) {
    this.#send = send;
  }

  /** Takes what the partition has along on the next flight; until then it may still change. */
  book(shipper: Shipper): void {
    this.#shippers.add(shipper);
    this.#schedule();
  }

  /** Commands that arrive in one turn of the event loop travel together. */
  #schedule(): void {
    if (this.#scheduled || this.#away || this.#shippers.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#fly();
    });
  }

  async #fly(): Promise<void> {
    const shippers = this.#shippers;
    this.#shippers = new Set();
    const loads = Array.from(shippers, (shipper) => shipper.take()).filter((load) => load !== undefined);
    if (loads.length === 0) return;
    this.#away = true;
    const replies = await this.#send(loads).catch((error: unknown) => loads.map(() => asError(error)));
    this.#away = false;
    for (const [at, load] of loads.entries()) {
      const reply = replies[at] ?? new Error('The log answered less than it was asked.');
      if (reply instanceof Error) load.lost(reply);
      else load.landed(reply);
    }
    this.#schedule();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
