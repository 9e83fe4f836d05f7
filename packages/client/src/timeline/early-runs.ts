import type { Epoch } from '@parley/events';
import { beyond, type Run } from './run.ts';

/** More than this is not kept: sync brings it again. */
const MOST_RUNS = 5_000;
const MOST_PACKETS = 200;

/** What came before its turn: pieces beyond a gap, and packets of an epoch that this client does not know yet. */
export class EarlyRuns {
  readonly #runs = new Map<number, Run>();
  #foreign: { epoch: Epoch; runs: readonly Run[] }[] = [];
  #last = 0;

  get size(): number {
    return this.#runs.size;
  }

  /** The last seq seen beyond the gap, 0 if there is none. It stays known when the piece itself was not kept. */
  get last(): number {
    return this.#last;
  }

  add(run: Run): void {
    this.#last = Math.max(this.#last, run.to);
    const known = this.#runs.get(run.from);
    if (known ? known.to < run.to : this.#runs.size < MOST_RUNS) this.#runs.set(run.from, run);
  }

  /** @returns the piece that goes on right after `complete`, taken out; forgets those that are held by now. */
  next(complete: number): Run | null {
    const exact = this.#runs.get(complete + 1);
    if (exact) {
      this.#runs.delete(exact.from);
      return exact;
    }
    for (const [from, run] of this.#runs) {
      if (from > complete + 1) continue;
      this.#runs.delete(from);
      const rest = beyond(run, complete);
      if (rest) return rest;
    }
    return null;
  }

  keepForeign(epoch: Epoch, runs: readonly Run[]): void {
    if (this.#foreign.length < MOST_PACKETS) this.#foreign.push({ epoch, runs });
  }

  /** @returns the packets of one epoch in the order they came; forgets all of them. */
  foreignOf(epoch: Epoch): (readonly Run[])[] {
    const mine = this.#foreign.filter((packet) => packet.epoch === epoch).map((packet) => packet.runs);
    this.#foreign = [];
    return mine;
  }

  clearRuns(): void {
    this.#runs.clear();
    this.#last = 0;
  }
}
