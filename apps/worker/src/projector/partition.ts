import { leaveFence, resumeFence, takeFence, type Database, type Fence } from '@parley/read-models';
import type { ConversationId, Epoch, KnownEvents, Partition } from '@parley/events';
import type { LogBatch, LogWork } from '@parley/events/log';
import type { Logger } from '../logger.ts';
import type { Projection } from '../projections/projection.ts';
import { makeBatch, park, StoppedError, type Batch } from './batch.ts';
import { RefusedWriteError } from './bulk-write.ts';
import { FenceLostError, noteStop, stillHolds } from './checkpoint.ts';
import type { CommitLane, CommitLanes } from './commit-lanes.ts';
import { alarmOf, letterOf, type DeadLetter } from './dead-letter.ts';
import { takeHold, type Hold } from './hold.ts';
import { continuedBy } from './log-continuity.ts';
import { isRaced } from './raced.ts';
import { demandOfOne, isOfReadModel, isTakenBy, type RefusalAsked } from './refusal.ts';
import { replayConversation } from './replay.ts';
import { switchPause } from './switch-pause.ts';
import { withinBytes } from './within-bytes.ts';

/** MongoDB's code for a key that is there already. */
const DUPLICATE_KEY = 11_000;

/** What every partition's projector shares. */
export interface ProjectorSetting {
  readonly database: Database;
  readonly log: LogWork;
  readonly projections: readonly Projection[];
  readonly logger: Logger;
  /** Events of one transaction, at most. */
  readonly batch: number;
  /** Other events than those that this program knows. */
  readonly known?: KnownEvents;
}

/**
 * `caught_up`: nothing more in the log. `more`: there is, but the time was up. `lost`: another run took over. `waiting`:
 * not now. `stopped`: not until somebody has looked. In the last three cases the sweep comes again.
 */
export type RunOutcome = 'caught_up' | 'more' | 'lost' | 'waiting' | 'stopped';

/** How long a run may go on. */
export interface RunLimits {
  /** Whether there is time for another batch, or for waiting. */
  readonly goOn: () => boolean;
  /** @returns whether the log went beyond `n`, after waiting for it as long as it is worth it. */
  readonly more: (n: number) => Promise<boolean>;
}

/** A run that ends with the log: it neither waits nor stops before. */
const toTheEnd: RunLimits = { goOn: () => true, more: () => Promise.resolve(false) };

/**
 * Between two times that the log is told how far it is archived, in milliseconds, while a run goes on. Until it is told,
 * whoever appends takes it that somebody is on the way, and wakes nobody.
 */
const SAY_MS = 500;

/** Projects one partition: log to archive and read models, one transaction a batch, under a fence. */
export class PartitionProjector {
  readonly #partition: Partition;
  readonly #setting: ProjectorSetting;
  readonly #lane: CommitLane;
  #hold: Hold | undefined;
  #stopReason: string | undefined;

  /** @param lanes of the process, of one of which this partition's transactions are a part. */
  constructor(partition: Partition, setting: ProjectorSetting, lanes: CommitLanes) {
    this.#partition = partition;
    this.#setting = setting;
    this.#lane = lanes.of(partition);
  }

  /**
   * Projects what the log has beyond the checkpoint, until it is at the head and no more comes, or the time is up.
   * @throws whatever MongoDB or Redis throw when they are away; nothing is half done then.
   */
  async run(limits: RunLimits = toTheEnd): Promise<RunOutcome> {
    try {
      const outcome = await this.#project(limits);
      if (this.#hold) await this.#leave(this.#hold);
      return outcome;
    } catch (error) {
      return await this.#failed(error);
    }
  }

  /**
   * Projects a parked conversation of this partition from the archive.
   * @returns null when it is whole again, else why not. Rejects when MongoDB is away or another run took over.
   */
  async replay(conversationId: ConversationId): Promise<string | null> {
    // What is parked changes: the next run reads it anew, under a fence of its own.
    this.#hold = undefined;
    const { database, projections, known } = this.#setting;
    await using session = database.client.startSession();
    const fence = await takeFence(database, this.#partition, session);
    if (!fence || (await switchPause(database))) return 'Another process holds the partition; ask again.';
    const models = database.modelsOf(await database.readPointer());
    return await replayConversation({ database, projections, known, models, fence, session }, conversationId);
  }

  async #project({ goOn, more }: RunLimits): Promise<RunOutcome> {
    const hold = await this.#holdFence();
    if (!hold) return 'waiting';
    for (;;) {
      const run = await this.#setting.log.readLog(this.#partition, hold.fence.n, this.#setting.batch);
      const entries = continuedBy(hold.fence, run);
      // What is left out is read again: the checkpoint goes no further.
      if (entries.length > 0) await this.#write(hold, withinBytes(entries));
      if (goOn() && (hold.fence.n < run.head || (await more(hold.fence.n)))) continue;
      const head = Math.max(run.head, await this.#sayArchived(hold));
      if (hold.fence.n >= head) return 'caught_up';
      if (!goOn()) return 'more';
    }
  }

  /** @returns what became of a run that failed. Rejects with the error where the next run may do better. */
  async #failed(error: unknown): Promise<RunOutcome> {
    const hold = this.#hold;
    // What was committed before stays archived, whoever goes on.
    if (hold && hold.unsaid.size > 0) await this.#sayArchived(hold);
    const lost = await this.#hasLost(error);
    this.#hold = undefined;
    if (lost) return 'lost';
    if (hold && !hold.isOpen) await leaveFence(this.#setting.database, hold.fence).catch(() => undefined);
    if (!(error instanceof StoppedError || error instanceof RefusedWriteError)) throw error;
    await this.#stop(error.message, hold?.fence);
    return 'stopped';
  }

  /**
   * Writes entries with their checkpoint. Where MongoDB refuses what they make of a read model, they go in halves, until the
   * event is found that it does not take: that one is archived like the others, and its conversation parks.
   * @param batch all that was read together.
   */
  async #write(hold: Hold, entries: LogBatch['entries'], batch = entries): Promise<void> {
    try {
      await this.#commit(hold, await this.#makeBatch(hold, entries));
    } catch (error) {
      const [first] = entries;
      if (!first || !isOfReadModel(error, hold.models)) throw error;
      if (entries.length === 1) return this.#park(hold, { error, entry: first, batch });
      const middle = Math.ceil(entries.length / 2);
      await this.#write(hold, entries.slice(0, middle), batch);
      await this.#write(hold, entries.slice(middle), batch);
    }
  }

  async #park(hold: Hold, refusal: Pick<RefusalAsked, 'error' | 'entry' | 'batch'>): Promise<void> {
    const { database, projections } = this.#setting;
    const { error, entry } = refusal;
    const { parked, refused, models } = hold;
    const isTaken = async (entries: LogBatch['entries']): Promise<boolean> => {
      const { changes } = await this.#makeBatch(hold, entries);
      return isTakenBy(database, projections, models, changes);
    };
    await demandOfOne({ ...refusal, parked, refused, isTaken });
    await this.#commit(hold, await this.#makeBatch(hold, [entry], letterOf(entry, error.message)));
    hold.refused += 1;
  }

  async #makeBatch(hold: Hold, entries: LogBatch['entries'], refused?: DeadLetter): Promise<Batch> {
    const ids = entries.flatMap((entry) => ('unreadable' in entry ? [] : [entry.conversationId]));
    const { projections, known } = this.#setting;
    const { epochAt, models, parked } = hold;
    const heads = await hold.heads.of(ids);
    const base = { partition: this.#partition, heads, parked, epochAt, projections, known, refused };
    return makeBatch(base, entries, models);
  }

  /** @returns the hold of the run before, if nobody took the fence since; else a new one; undefined when not now. */
  async #holdFence(): Promise<Hold | undefined> {
    const held = this.#hold;
    if (held && (await resumeFence(this.#setting.database, held.fence, this.#lane.session))) return held;
    this.#hold = undefined;
    this.#hold = await takeHold(this.#setting.database, this.#partition, this.#lane.session);
    if (this.#hold) await this.#sayArchived(this.#hold);
    return this.#hold;
  }

  /**
   * A write may also be refused because the next holder made it already: a duplicate, and the fence is gone. And a log
   * that seems to contradict the archive may only be in another's hands by now.
   */
  async #hasLost(error: unknown): Promise<boolean> {
    if (error instanceof FenceLostError || isRaced(error)) return true;
    const held = this.#hold;
    const isDuplicate = error instanceof RefusedWriteError && error.code === DUPLICATE_KEY;
    if (!held || !(isDuplicate || error instanceof StoppedError)) return false;
    return !(await stillHolds(this.#setting.database, held.fence));
  }

  async #commit(hold: Hold, batch: Batch): Promise<void> {
    hold.isOpen = true;
    hold.fence = await this.#lane.commit({ fence: hold.fence, batch, models: hold.models });
    hold.isOpen = false;
    hold.heads.moved(batch.heads);
    for (const letter of batch.letters) park(hold.parked, letter);
    alarmOf(this.#setting.logger, this.#partition, batch.letters);
    this.#stopReason = undefined;
    for (const conversationId of batch.heads.keys()) hold.unsaid.add(conversationId);
    if (performance.now() - hold.saidAt > SAY_MS) await this.#sayArchived(hold);
  }

  /**
   * Lets the log use less memory, and lets whoever appends next wake somebody. Where it fails nobody is woken: the sweep
   * comes, and the next time says it again. @returns the log's last n at that moment; 0 where it could not be told.
   */
  async #sayArchived(hold: Hold): Promise<number> {
    const { log, logger } = this.#setting;
    const { fence, unsaid } = hold;
    try {
      const head = await log.archived(this.#partition, fence.epoch as Epoch, fence.n, [...unsaid]);
      unsaid.clear();
      hold.saidAt = performance.now();
      return head;
    } catch (error) {
      logger.warn({ partition: this.#partition, err: error }, 'The log was not told what is archived.');
      return 0;
    }
  }

  /** A run that came to its end says that nothing stops the partition any more, also where it had nothing to write. */
  async #leave(hold: Hold): Promise<void> {
    const { database } = this.#setting;
    if (hold.isStopped) await noteStop(database, hold.fence, null);
    hold.isStopped = false;
    this.#stopReason = undefined;
    await leaveFence(database, hold.fence);
  }

  /** Said aloud once for each reason: the next try comes soon. Noted each time, since a repair in between clears it. */
  async #stop(reason: string, fence: Fence | undefined): Promise<void> {
    const { database, logger } = this.#setting;
    const known = reason === this.#stopReason;
    this.#stopReason = reason;
    if (!known) logger.error({ alarm: true, partition: this.#partition, reason }, 'A partition stands still.');
    if (fence) await noteStop(database, fence, reason);
  }
}
