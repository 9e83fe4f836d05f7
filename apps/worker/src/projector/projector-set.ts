import { PARTITIONS, partitionOf, type ConversationId, type Partition } from '@parley/events';
import { CommitLanes } from './commit-lanes.ts';
import { PartitionProjector, type ProjectorSetting, type RunOutcome } from './partition.ts';

/** How long one wake-up may keep a place that other partitions wait for. */
const RUN_MS = 2_000;

/** The projectors of all partitions in this process; each runs at most once at a time. */
export class ProjectorSet implements AsyncDisposable {
  readonly #projectors: readonly PartitionProjector[];
  readonly #lanes: CommitLanes;
  readonly #running = new Map<number, Promise<unknown>>();
  #draining = false;

  constructor(setting: ProjectorSetting) {
    this.#lanes = new CommitLanes(setting.database, setting.projections);
    this.#projectors = Array.from(
      { length: PARTITIONS },
      (_, partition) => new PartitionProjector(partition as Partition, setting, this.#lanes),
    );
  }

  /**
   * Projects a partition as far as the log goes, or for two seconds.
   * @returns how it ended; `more` when there is more to do. Rejects when MongoDB or Redis are away.
   */
  async run(partition: number): Promise<RunOutcome> {
    const end = performance.now() + RUN_MS;
    const goOn = (): boolean => !this.#draining && performance.now() < end;
    return (await this.#alone(partition, (projector) => projector.run(goOn))) ?? 'waiting';
  }

  /** Projects a parked conversation from the archive. @returns null when it is whole again, else why not. */
  async replay(conversationId: ConversationId): Promise<string | null> {
    const outcome = await this.#alone(partitionOf(conversationId), (projector) => projector.replay(conversationId));
    return outcome === undefined ? 'The worker is about to end; ask again.' : outcome;
  }

  /** One thing at a time in a partition: a job that BullMQ gave away twice may meet its own first run here. */
  async #alone<T>(partition: number, work: (projector: PartitionProjector) => Promise<T>): Promise<T | undefined> {
    while (this.#running.has(partition)) await this.#running.get(partition)?.catch(() => undefined);
    const projector = this.#projectors[partition];
    if (!projector || this.#draining) return undefined;
    const run = work(projector);
    this.#running.set(partition, run);
    try {
      return await run;
    } finally {
      this.#running.delete(partition);
    }
  }

  /** Lets what runs finish its batch, then ends all sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#draining = true;
    await Promise.allSettled(this.#running.values());
    await this.#lanes[Symbol.asyncDispose]();
  }
}
