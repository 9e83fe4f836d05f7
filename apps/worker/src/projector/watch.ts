import type { Partition } from '@parley/events';
import type { Logger } from '../logger.ts';
import type { Behind } from './sweep.ts';

const EVERY_MS = 400;
/** So many looks in a row nobody moved a partition or took it over: longer than a busy worker needs for a batch. */
const STUCK_LOOKS = 3;

interface Seen extends Behind {
  /** How many looks before found it there too. */
  readonly looks: number;
}

/**
 * Looks again and again for partitions that wake-ups do not move, and projects them here and now, all at once. The jobs of
 * a worker that was killed keep the further wake-ups of their partitions waiting until BullMQ gives them up, which takes
 * up to 15 seconds; the jobs' Redis may be away for longer. The fence makes it safe to project twice.
 */
export class Watch implements AsyncDisposable {
  readonly #find: () => Promise<readonly Behind[]>;
  readonly #project: (partition: Partition) => Promise<unknown>;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #projecting = new Map<Partition, Promise<void>>();
  #seen: ReadonlyMap<Partition, Seen> = new Map();
  #looking: Promise<void> | undefined;

  constructor(
    find: () => Promise<readonly Behind[]>,
    project: (partition: Partition) => Promise<unknown>,
    logger: Logger,
  ) {
    this.#find = find;
    this.#project = project;
    this.#logger = logger;
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    }, EVERY_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await Promise.all(this.#projecting.values());
  }

  async #look(): Promise<void> {
    try {
      const seen = (await this.#find()).map((behind) => this.#again(behind));
      this.#seen = new Map(seen.map((one) => [one.partition, one]));
      const stuck = seen.filter(({ looks }) => looks >= STUCK_LOOKS);
      for (const { partition } of stuck) if (!this.#projecting.has(partition)) this.#begin(partition);
    } catch (error) {
      this.#tell(error);
    }
  }

  #again(behind: Behind): Seen {
    const before = this.#seen.get(behind.partition);
    const stands = before?.n === behind.n && before.fence === behind.fence;
    return { ...behind, looks: stands ? before.looks + 1 : 0 };
  }

  #begin(partition: Partition): void {
    const projecting = this.#project(partition)
      .then(() => undefined)
      .catch((error: unknown) => this.#tell(error))
      .finally(() => this.#projecting.delete(partition));
    this.#projecting.set(partition, projecting);
  }

  #tell(error: unknown): void {
    this.#logger.debug({ err: error }, 'MongoDB or the log is away; the next look comes soon.');
  }
}
