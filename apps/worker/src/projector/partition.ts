import {
  idText,
  leaveFence,
  parked,
  readLineage,
  resumeFence,
  takeFence,
  type Database,
  type Fence,
  type ReadModels,
} from '@parley/read-models';
import type { ConversationId, Epoch, Partition } from '@parley/events';
import type { LogBatch, LogWork } from '@parley/events/log';
import type { Logger } from '../logger.ts';
import type { Projection } from '../projections/projection.ts';
import { ArchiveHeads } from './archive-head.ts';
import { makeBatch, park, StoppedError, type Batch } from './batch.ts';
import { RefusedWriteError } from './bulk-write.ts';
import { FenceLostError, noteStop, stillHolds } from './checkpoint.ts';
import type { CommitLane, CommitLanes } from './commit-lanes.ts';
import { alarmOf } from './dead-letter.ts';
import { isRaced } from './raced.ts';
import { replayConversation } from './replay.ts';
import { switchPause } from './switch-pause.ts';

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

/** What a held fence allows to remember from run to run. */
interface Hold {
  fence: Fence;
  /** Conversations of batches of which the log has not been told yet, and when it was told last. */
  readonly unsaid: Set<ConversationId>;
  saidAt: number;
  /** A batch was begun and is not known to be over: its transaction may still be open. */
  isOpen: boolean;
  readonly heads: ArchiveHeads;
  readonly parked: Map<ConversationId, number>;
  readonly models: ReadModels;
  readonly epochAt: (n: number) => Uint8Array;
}

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
      if (this.#hold) await leaveFence(this.#setting.database, this.#hold.fence);
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
    const { database, projections } = this.#setting;
    await using session = database.client.startSession();
    const fence = await takeFence(database, this.#partition, session);
    if (!fence || (await switchPause(database))) return 'Another process holds the partition; ask again.';
    const models = database.modelsOf(await database.readPointer());
    return await replayConversation({ database, projections, models, fence, session }, conversationId);
  }

  async #project({ goOn, more }: RunLimits): Promise<RunOutcome> {
    const hold = await this.#holdFence();
    if (!hold) return 'waiting';
    for (;;) {
      const run = await this.#setting.log.readLog(this.#partition, hold.fence.n, this.#setting.batch);
      const entries = this.#verified(hold.fence, run);
      if (entries.length > 0) await this.#commit(hold, await this.#makeBatch(hold, entries));
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

  async #makeBatch(hold: Hold, entries: LogBatch['entries']): Promise<Batch> {
    const ids = entries.flatMap((entry) => ('unreadable' in entry ? [] : [entry.conversationId]));
    const { projections } = this.#setting;
    const { epochAt, models } = hold;
    const heads = await hold.heads.of(ids);
    return makeBatch({ partition: this.#partition, heads, parked: hold.parked, epochAt, projections }, entries, models);
  }

  /** @returns the hold of the run before, if nobody took the fence since; else a new one; undefined when not now. */
  async #holdFence(): Promise<Hold | undefined> {
    const held = this.#hold;
    if (held && (await resumeFence(this.#setting.database, held.fence, this.#lane.session))) return held;
    this.#hold = undefined;
    const { database } = this.#setting;
    const fence = await takeFence(database, this.#partition, this.#lane.session);
    if (!fence || (await switchPause(database))) return undefined;
    const [lineage, standing, pointer] = await Promise.all([
      readLineage(database, this.#partition),
      database.collection(parked).find({ p: this.#partition }).toArray(),
      database.readPointer(),
    ]);
    this.#hold = {
      fence,
      unsaid: new Set(),
      saidAt: 0,
      isOpen: false,
      heads: new ArchiveHeads(database),
      parked: new Map(standing.map(({ _id, seq }) => [idText<ConversationId>(_id), seq])),
      models: database.modelsOf(pointer),
      epochAt: epochsOf(lineage),
    };
    await this.#sayArchived(this.#hold);
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

  /** The log must go on exactly where the checkpoint stands, in the checkpoint's epoch. Nothing is ever skipped. */
  #verified({ n, epoch }: Fence, run: LogBatch): LogBatch['entries'] {
    if (run.epoch !== epoch) {
      throw new StoppedError(`The log is in epoch ${run.epoch}, the checkpoint in ${epoch}: an opening is under way.`);
    }
    if (run.head < n) {
      throw new StoppedError(`The log ends at n ${run.head}, before the checkpoint at ${n}: it went back in time.`);
    }
    run.entries.forEach((entry, at) => {
      if (entry.n === n + 1 + at) return;
      throw new StoppedError(
        `After n ${n + at} the log goes on at ${entry.n}: what was between is gone. Bring back a newer MongoDB.`,
      );
    });
    if (run.entries.length === 0 && run.head > n) {
      throw new StoppedError(`The log has no entry between the checkpoint at n ${n} and its head at ${run.head}.`);
    }
    return run.entries;
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

  /** Once for each reason: the sweep comes back every second. */
  async #stop(reason: string, fence: Fence | undefined): Promise<void> {
    if (reason === this.#stopReason) return;
    this.#stopReason = reason;
    const { database, logger } = this.#setting;
    logger.error({ alarm: true, partition: this.#partition, reason }, 'A partition stands still.');
    if (fence) await noteStop(database, fence, reason);
  }
}

/** @returns the epoch in which an entry was appended, from where each epoch began. */
function epochsOf(lineage: readonly { epoch: string; began: number }[]): (n: number) => Uint8Array {
  const epochs = lineage.map(({ epoch, began }) => ({ began, bytes: Buffer.from(epoch, 'hex') }));
  return (n) => {
    const found = epochs.findLast(({ began }) => began < n);
    if (!found) throw new StoppedError(`No epoch is known for n ${n}.`);
    return found.bytes;
  };
}
