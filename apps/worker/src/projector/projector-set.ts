import { PARTITIONS, partitionOf, type ConversationId, type Partition } from '@parley/events';
import { CommitLanes } from './commit-lanes.ts';
import { LogNews } from './log-news.ts';
import { PartitionProjector, type ProjectorSetting, type RunLimits, type RunOutcome } from './partition.ts';

/** How long one wake-up may keep a partition: then another worker may have it, for one that came to share the work. */
const RUN_MS = 30_000;
/** So long a run waits for the next event of a partition: it is cheaper than to be woken for each. */
const LINGER_MS = 1_000;

/** The projectors of all partitions in this process; each runs at most once at a time. */
export class ProjectorSet implements AsyncDisposable {
  readonly #projectors: readonly PartitionProjector[];
  readonly #lanes: CommitLanes;
  readonly #news: LogNews;
  readonly #running = new Map<Partition, Promise<unknown>>();
  /** Partitions for which somebody waits until their run is over. */
  readonly #wanted = new Set<Partition>();
  #draining = false;

  constructor(setting: ProjectorSetting) {
    this.#lanes = new CommitLanes(setting.database, setting.projections);
    this.#news = new LogNews(setting.log);
    this.#projectors = Array.from(
      { length: PARTITIONS },
      (_, partition) => new PartitionProjector(partition as Partition, setting, this.#lanes),
    );
  }

  /**
   * Projects a partition as far as the log goes, for half a minute at most.
   * @returns how it ended; `more` when there is more to do. Rejects when MongoDB or Redis are away.
   */
  run(partition: Partition): Promise<RunOutcome> {
    return this.#run(partition, () => Promise.resolve(false));
  }

  /** The same, and goes on while more comes. */
  follow(partition: Partition): Promise<RunOutcome> {
    return this.#run(partition, (n) => this.#news.beyond(partition, n, LINGER_MS));
  }

  async #run(partition: Partition, more: RunLimits['more']): Promise<RunOutcome> {
    const end = performance.now() + RUN_MS;
    const goOn = (): boolean => !this.#draining && !this.#wanted.has(partition) && performance.now() < end;
    return (await this.#alone(partition, (projector) => projector.run({ goOn, more }))) ?? 'waiting';
  }

  /** Projects a parked conversation from the archive. @returns null when it is whole again, else why not. */
  async replay(conversationId: ConversationId): Promise<string | null> {
    const outcome = await this.#alone(partitionOf(conversationId), (projector) => projector.replay(conversationId));
    return outcome === undefined ? 'The worker is about to end; ask again.' : outcome;
  }

  /** One thing at a time in a partition: a job that BullMQ gave away twice may meet its own first run here. */
  async #alone<T>(partition: Partition, work: (projector: PartitionProjector) => Promise<T>): Promise<T | undefined> {
    while (this.#running.has(partition)) await this.#over(partition);
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

  /** Asks a run to end after its batch, and waits for that. */
  async #over(partition: Partition): Promise<void> {
    this.#wanted.add(partition);
    this.#news.leave(partition);
    await this.#running.get(partition)?.catch(() => undefined);
    this.#wanted.delete(partition);
  }

  /** Lets what runs finish its batch, and begins nothing any more. */
  drain(): void {
    this.#draining = true;
    this.#news.leave();
  }

  /** Ends all sessions, once what runs has finished its batch. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.drain();
    await Promise.allSettled(this.#running.values());
    await this.#lanes[Symbol.asyncDispose]();
  }
}
