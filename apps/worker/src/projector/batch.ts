import type { ConversationId, KnownEvents } from '@parley/events';
import type { StoredEntry, UnreadableEntry } from '@parley/events/log';
import { idBinary, type ArchiveHeadDocument, type ReadModels } from '@parley/read-models';
import { Binary } from 'mongodb';
import { writeEvent } from '../projections/event-archive.ts';
import type { Changes, EventOutline, ProjectedEvent, Projection } from '../projections/projection.ts';
import type { ArchiveHead } from './archive-head.ts';
import { applyAll } from './apply-events.ts';
import { BsonWriter } from './bson-writer.ts';
import { letterOf, type DeadLetter } from './dead-letter.ts';
import { PoisonError } from './decode-event.ts';
import { projectable } from './projectable.ts';
import { chainAfter, chainStart, commitmentOf } from './event-chain.ts';

/** What a batch builds on. None of it is changed here: it is taken over when the batch is committed. */
export interface BatchBase {
  readonly partition: number;
  readonly heads: ReadonlyMap<ConversationId, ArchiveHead>;
  /** Conversations that stand still, and from which seq. */
  readonly parked: ReadonlyMap<ConversationId, number>;
  readonly epochAt: (n: number) => Uint8Array;
  readonly projections: readonly Projection[];
  readonly known: KnownEvents | undefined;
  /** Of the entry that MongoDB is known to refuse. */
  readonly refused: DeadLetter | undefined;
}

/** Everything that one transaction writes. */
export interface Batch {
  readonly to: number;
  /** Documents of the archive. */
  readonly archive: BsonWriter;
  readonly heads: ReadonlyMap<ConversationId, ArchiveHead>;
  readonly broken: readonly UnreadableEntry[];
  readonly changes: readonly Changes[];
  readonly letters: readonly DeadLetter[];
}

/** The log contradicts the archive: the partition stops until somebody has looked. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** @returns the batch of these entries, with every conversation parked that has an event which cannot be projected. */
export async function makeBatch(
  base: BatchBase,
  entries: readonly (StoredEntry | UnreadableEntry)[],
  models: ReadModels,
): Promise<Batch> {
  const archive = archiveEntries(base, entries);
  const parked = new Map(base.parked);
  const letters = base.refused ? [...archive.letters, base.refused] : [...archive.letters];
  for (const letter of letters) park(parked, letter);
  const decoded = decodeAll(base, archive.readable, parked, letters);
  for (;;) {
    const events = decoded.filter(({ entry }) => !isParked(parked, entry));
    const changes = await applyAll(base.projections, events, models);
    if (!(changes instanceof PoisonError)) {
      return { to: entries.at(-1)?.n ?? 0, ...archive, changes, letters };
    }
    // The batch is made anew without it: half of an event must not stay in what the others changed.
    const letter = letterOf(changes.entry, changes.message);
    letters.push(letter);
    park(parked, letter);
  }
}

interface Archived {
  readonly archive: BsonWriter;
  readonly heads: Map<ConversationId, ArchiveHead>;
  readonly broken: UnreadableEntry[];
  readonly readable: StoredEntry[];
  readonly letters: DeadLetter[];
}

function archiveEntries(base: BatchBase, entries: readonly (StoredEntry | UnreadableEntry)[]): Archived {
  const result: Archived = { archive: new BsonWriter(), heads: new Map(), broken: [], readable: [], letters: [] };
  for (const entry of entries) {
    if ('unreadable' in entry) {
      result.broken.push(entry);
      result.letters.push(letterOf(entry, `It cannot be read: ${entry.unreadable}.`));
    } else archiveEntry(base, entry, result);
  }
  return result;
}

function archiveEntry(base: BatchBase, entry: StoredEntry, result: Archived): void {
  const id = entry.conversationId;
  const head = result.heads.get(id) ?? base.heads.get(id) ?? { seq: 0, chain: undefined };
  if (entry.seq <= head.seq) {
    throw new StoppedError(
      `The log repeats itself: n ${entry.n} is seq ${entry.seq} of ${id}, archived up to ${head.seq}.`,
    );
  }
  if (entry.seq > head.seq + 1) result.letters.push(letterOf(entry, `Seq ${head.seq + 1} is missing before it.`));
  const before = chainBefore(entry, head);
  const chain = before && chainAfter(before, entry, commitmentOf(entry));
  result.heads.set(id, { seq: entry.seq, chain });
  writeEvent(result.archive, entry, { partition: base.partition, epoch: base.epochAt(entry.n), chain });
  result.readable.push(entry);
}

/** @returns the chain before an entry; none where what comes before it is missing. */
function chainBefore(entry: StoredEntry, head: ArchiveHead): Buffer | undefined {
  if (entry.seq !== head.seq + 1) return undefined;
  return head.seq === 0 ? chainStart(entry.conversation) : head.chain;
}

function decodeAll(
  base: BatchBase,
  entries: readonly StoredEntry[],
  parked: Map<ConversationId, number>,
  letters: DeadLetter[],
): ProjectedEvent[] {
  const decoded: ProjectedEvent[] = [];
  for (const entry of entries) {
    if (isParked(parked, entry)) continue;
    try {
      decoded.push({ entry, partition: base.partition, decoded: projectable(entry, base.known) });
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      const letter = letterOf(entry, error.message);
      letters.push(letter);
      park(parked, letter);
    }
  }
  return decoded;
}

/** Lets a letter's conversation stand still from its seq on. */
export function park(parked: Map<ConversationId, number>, letter: DeadLetter): void {
  if (!letter.conversationId || letter.seq === undefined) return;
  parked.set(letter.conversationId, Math.min(letter.seq, parked.get(letter.conversationId) ?? letter.seq));
}

/** @returns whether an event lies where its conversation stands still. */
export function isParked(parked: ReadonlyMap<ConversationId, number>, entry: EventOutline): boolean {
  const from = parked.get(entry.conversationId);
  return from !== undefined && entry.seq >= from;
}

/** @returns the documents of the heads that a batch moved. */
export function headDocuments(batch: Batch, partition: number): ArchiveHeadDocument[] {
  return Array.from(batch.heads, ([id, { seq, chain }]) => ({
    _id: idBinary(id),
    p: partition,
    seq,
    ...(chain ? { h: new Binary(chain) } : {}),
  }));
}
