import { setTimeout as pause } from 'node:timers/promises';
import type { Partition } from '@parley/events';

/** The BullMQ queue on which projectors are woken. A job is only a wake-up: the log is the queue. */
export const WAKE_QUEUE = 'project';

/** What a wake-up carries. */
export interface WakeJob {
  readonly partition: number;
}

/** @returns BullMQ's options of a wake-up: one active and one stored next for each partition, never kept. */
export function wakeOptions(partition: number) {
  return {
    deduplication: { id: `p${String(partition).padStart(2, '0')}`, keepLastIfActive: true },
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: true,
  };
}

/**
 * A busy process wakes this often at most, all partitions together. Each wake-up costs the jobs' Redis about as much as
 * an append, and each write of its own another fsync.
 */
const PAUSE_MS = 40;

/** @returns the jobs that wake these partitions, as BullMQ takes them. */
export function wakeJobs(partitions: readonly Partition[]) {
  return partitions.map((partition) => ({ name: 'wake', data: { partition }, opts: wakeOptions(partition) }));
}

/**
 * Wakes projectors, fire and forget. The first call goes at once; what is called within the pause after it goes together
 * at its end. One that fails is lost: the sweep or the watch finds what it stood for within two.
 */
export class Waker {
  readonly #add: (partitions: readonly Partition[]) => Promise<unknown>;
  #waiting = new Set<Partition>();
  #underWay = false;

  /** @param add adds wake-ups to the queue, see `wakeJobs`. It should fail fast when Redis is away. */
  constructor(add: (partitions: readonly Partition[]) => Promise<unknown>) {
    this.#add = add;
  }

  /** Wakes the projector of a partition; never throws, never waits. */
  wake(partition: Partition): void {
    this.#waiting.add(partition);
    if (!this.#underWay) void this.#send();
  }

  async #send(): Promise<void> {
    this.#underWay = true;
    while (this.#waiting.size > 0) {
      const partitions = [...this.#waiting];
      this.#waiting = new Set();
      await this.#add(partitions).catch(() => undefined);
      await pause(PAUSE_MS, undefined, { ref: false });
    }
    this.#underWay = false;
  }
}
