import type { Partition } from '@parley/events';
import type { LogWork } from '@parley/events/log';

/**
 * Between two looks at the heads of the partitions that are waited for, in milliseconds. What is said meanwhile in all of
 * them goes into one transaction, which costs MongoDB about the same for one event as for a hundred.
 */
const LOOK_MS = 40;
/** After a look that found only few events, the next one comes later: then there will be more for one transaction. */
const FEW = 40;
const LATER_MS = 200;
/** A look that takes long says that the machine is busy: then more is gathered between two, up to this. */
const LONGEST_MS = 250;
const TIMES_AS_LONG = 4;

interface Waiting {
  readonly n: number;
  readonly until: number;
  readonly tell: (isThere: boolean) => void;
}

/** Tells projectors that their partition's log has more: one look for all of them, and none while nobody waits. */
export class LogNews {
  readonly #log: Pick<LogWork, 'heads'>;
  readonly #waiting = new Map<Partition, Waiting>();
  #looking = false;
  /** Events that the look before found. */
  #found = 0;

  constructor(log: Pick<LogWork, 'heads'>) {
    this.#log = log;
  }

  /** @returns true as soon as the partition's log goes beyond `n`; false after `withinMs`, or when it is told to leave. */
  beyond(partition: Partition, n: number, withinMs: number): Promise<boolean> {
    return new Promise((tell) => {
      this.#waiting.set(partition, { n, until: performance.now() + withinMs, tell });
      if (!this.#looking) void this.#look();
    });
  }

  /** Ends the waiting for a partition, or for all. */
  leave(partition?: Partition): void {
    const left = partition === undefined ? [...this.#waiting.keys()] : [partition];
    for (const one of left) this.#tell(one, false);
  }

  async #look(): Promise<void> {
    this.#looking = true;
    let took = 0;
    while (this.#waiting.size > 0) {
      const pauseMs = Math.min(Math.max(this.#found < FEW ? LATER_MS : LOOK_MS, took * TIMES_AS_LONG), LONGEST_MS);
      await new Promise((over) => setTimeout(over, pauseMs));
      const began = performance.now();
      const asked = [...this.#waiting.keys()];
      // With the log away there is no news either: whoever waits leaves in time, and finds out.
      const heads = await this.#log.heads(asked).catch((): number[] => []);
      took = performance.now() - began;
      this.#found = asked.reduce((found, partition, at) => found + this.#judge(partition, heads[at] ?? 0), 0);
    }
    this.#looking = false;
  }

  /** @returns how many events the partition has that its projector does not know of. */
  #judge(partition: Partition, head: number): number {
    const waiting = this.#waiting.get(partition);
    if (!waiting) return 0;
    if (head > waiting.n) this.#tell(partition, true);
    else if (performance.now() > waiting.until) this.#tell(partition, false);
    return Math.max(0, head - waiting.n);
  }

  #tell(partition: Partition, isThere: boolean): void {
    this.#waiting.get(partition)?.tell(isThere);
    this.#waiting.delete(partition);
  }
}
