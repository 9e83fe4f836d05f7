import { archiveHeads, events, type Database, type Fence, type ReadModels } from '@parley/read-models';
import type { ClientSession } from 'mongodb';
import type { Projection } from '../projections/projection.ts';
import { headDocuments, type Batch } from './batch.ts';
import { bulkInsert, bulkUpdate, MOST_BYTES, RefusedWriteError, type Update } from './bulk-write.ts';
import { FenceLostError, moveCheckpoints, type Move } from './checkpoint.ts';
import { writeDeadLetters } from './dead-letter.ts';
import { isRaced } from './raced.ts';
import { inTransaction } from './transaction.ts';
import { writeChanges } from './write-changes.ts';

/** What one partition has to commit, under which fence, and into which collections. */
export interface Commit {
  readonly fence: Fence;
  readonly batch: Batch;
  readonly models: ReadModels;
}

interface Pending extends Commit {
  readonly resolve: (fence: Fence) => void;
  readonly reject: (error: unknown) => void;
}

/** Transactions that a worker has open at a time: with more, each has fewer partitions in it. */
const LANES = 2;
/** So long a lane at rest waits for more before it begins: what one look at the log found goes together. */
const GATHER_MS = 10;
/** Events of one transaction: with more it is no cheaper, and holds the others up for longer. */
const MOST_EVENTS = 2_000;

/**
 * A worker's way into MongoDB. A transaction costs about the same for one event as for a hundred, and many partitions
 * have a few each: what comes up while one is under way goes together in the next.
 */
export class CommitLanes implements AsyncDisposable {
  readonly #lanes: readonly CommitLane[];

  constructor(database: Database, projections: readonly Projection[]) {
    this.#lanes = Array.from({ length: LANES }, () => new CommitLane(database, projections));
  }

  /** @returns the lane of a partition, always the same. */
  of(partition: number): CommitLane {
    const lane = this.#lanes[partition % LANES];
    if (!lane) throw new Error(`There is no partition ${partition}.`);
    return lane;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.session.endSession()));
  }
}

/** One transaction at a time, in one session: a partition's fence names it, so that the next holder can end it. */
export class CommitLane {
  readonly session: ClientSession;
  readonly #database: Database;
  readonly #projections: readonly Projection[];
  #waiting: Pending[] = [];
  #busy = false;

  constructor(database: Database, projections: readonly Projection[]) {
    this.#database = database;
    this.#projections = projections;
    this.session = database.client.startSession();
  }

  /**
   * Writes a batch with its checkpoint, all of it or nothing.
   * @returns the fence at its new place.
   * @throws FenceLostError when another run holds the partition; RefusedWriteError; what MongoDB throws when it is away.
   */
  commit(commit: Commit): Promise<Fence> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...commit, resolve, reject });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    await new Promise((over) => setTimeout(over, GATHER_MS));
    while (this.#waiting.length > 0) await this.#commitAll(this.#take());
    this.#busy = false;
  }

  /** @returns those that go into one transaction: they write into the same collections. */
  #take(): Pending[] {
    const names = this.#waiting.map(({ models }) => nameOf(models));
    const group: Pending[] = [];
    const kept: Pending[] = [];
    let [written, size] = [0, 0];
    for (const [at, pending] of this.#waiting.entries()) {
      const { documents, bytes } = pending.batch.archive;
      const fits = at === 0 || (written + documents <= MOST_EVENTS && size + bytes.length <= MOST_BYTES);
      if (!fits || names[at] !== names[0]) kept.push(pending);
      else {
        group.push(pending);
        written += documents;
        size += bytes.length;
      }
    }
    this.#waiting = kept;
    return group;
  }

  async #commitAll(group: readonly Pending[]): Promise<void> {
    const fault = await this.#tried(group);
    if (fault === undefined) return;
    const lost = fault instanceof FenceLostError ? fault.partitions : [];
    const held = group.filter(({ fence }) => !lost.includes(fence.partition));
    if (held.length > 0 && held.length < group.length) {
      for (const pending of group) if (!held.includes(pending)) pending.reject(fault);
      await this.#commitAll(held);
    } else if (group.length > 1 && isOfOne(fault)) await this.#commitEach(group);
    else for (const pending of group) pending.reject(fault);
  }

  /** One of them keeps the others from being written: each by itself shows which. */
  async #commitEach(group: readonly Pending[]): Promise<void> {
    let fault: unknown;
    for (const pending of group) {
      // With MongoDB away all of them would only wait for it in turn.
      if (fault === undefined || isOfOne(fault)) fault = await this.#tried([pending]);
      if (fault !== undefined) pending.reject(fault);
    }
  }

  /** @returns what went wrong, if anything did; then nothing is written. */
  async #tried(group: readonly Pending[]): Promise<unknown> {
    try {
      const fences = await inTransaction(this.session, () => this.#write(group));
      for (const [at, pending] of group.entries()) pending.resolve(fences[at] ?? pending.fence);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #write(group: readonly Pending[]): Promise<Fence[]> {
    const database = this.#database;
    const { session } = this;
    const archives = group.map(({ batch }) => batch.archive);
    const changes = group.map(({ batch }) => batch.changes);
    await bulkInsert(database.collection(events), archives, session);
    await bulkUpdate(database.collection(archiveHeads), group.flatMap(headUpdates), session);
    // All of a group write into the same collections, see `#take`.
    const [first] = group;
    if (first) await writeChanges(this.#projections, first.models, changes, session);
    for (const { batch, fence } of group) await writeDeadLetters(database, fence.partition, batch, session);
    return moveCheckpoints(database, group.map(moveOf), session);
  }
}

const moveOf = ({ fence, batch }: Commit): Move => ({ fence, to: batch.to });

/** A rebuild that is switched gives the read models other collections. */
const nameOf = ({ conversations, members, overlays }: ReadModels): string =>
  [conversations, members, overlays].map(({ collectionName }) => collectionName).join();

/** @returns whether an error may concern a single partition of a group: a lost fence, a refused document. */
function isOfOne(error: unknown): boolean {
  return error instanceof FenceLostError || error instanceof RefusedWriteError || isRaced(error);
}

function headUpdates({ batch, fence }: Commit): Update[] {
  return headDocuments(batch, fence.partition).map(({ _id, ...fields }) => ({
    q: { _id },
    u: { $set: fields, ...(fields.h ? {} : { $unset: { h: '' } }) },
    upsert: true,
  }));
}
