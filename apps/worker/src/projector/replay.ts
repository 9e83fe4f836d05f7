import type { ConversationId, KnownEvents } from '@parley/events';
import type { LogEntry } from '@parley/events/log';
import {
  deadLetters,
  entryOf,
  eventKey,
  events,
  GREATEST_SEQ,
  idBinary,
  lostSeqs,
  parked,
  type Database,
  type Fence,
  type ReadModels,
} from '@parley/read-models';
import type { ClientSession } from 'mongodb';
import type { Projection } from '../projections/projection.ts';
import { decodeAndApply } from './apply-archived.ts';
import { RefusedWriteError } from './bulk-write.ts';
import { moveCheckpoints } from './checkpoint.ts';
import { PoisonError } from './decode-event.ts';
import { inTransaction } from './transaction.ts';
import { writeChanges } from './write-changes.ts';

/** What a replay needs of the projector that holds the conversation's partition. */
export interface ReplaySetting {
  readonly database: Database;
  readonly projections: readonly Projection[];
  readonly models: ReadModels;
  readonly fence: Fence;
  readonly session: ClientSession;
  readonly known: KnownEvents | undefined;
}

const PAGE = 1_000;

/**
 * Projects a parked conversation from the archive, from where it stands, under the partition's fence. Pages that came
 * through stay; where an event still cannot be projected, the conversation stays parked there. A place whose entry is
 * broken for good is passed over: whoever asks for the replay has seen the dead letter, and readers see the place.
 * @returns null when the conversation is whole again, else why not.
 */
export async function replayConversation(setting: ReplaySetting, id: ConversationId): Promise<string | null> {
  const { database } = setting;
  let standing = await database.collection(parked).findOne({ _id: idBinary(id) });
  while (standing) {
    const from = standing.seq;
    const entries = await readArchive(database, id, from);
    const outcome = await replayPage(setting, id, { from, entries }).catch(refusalOf);
    if (outcome !== null) return outcome;
    standing = await database.collection(parked).findOne({ _id: idBinary(id) });
  }
  return null;
}

async function replayPage(
  setting: ReplaySetting,
  id: ConversationId,
  page: { from: number; entries: readonly LogEntry[] },
): Promise<string | null> {
  const { from, entries } = page;
  const last = entries.at(-1)?.seq ?? from - 1;
  const missing = missingSeqs(entries, from, last);
  const lost = new Set(await lostSeqs(setting.database, id, missing));
  const pending = missing.find((seq) => !lost.has(seq));
  if (pending !== undefined) return `Seq ${pending} is not in the archive yet: ask again.`;
  const changes = await decodeAndApply(setting, entries);
  if (changes instanceof PoisonError) return `Seq ${changes.entry.seq}: ${changes.message}`;
  const { database, projections, session, models, fence } = setting;
  await inTransaction(session, async () => {
    await writeChanges(projections, models, [changes], session);
    if (entries.length < PAGE) await close(database, id, session);
    else await database.collection(parked).updateOne({ _id: idBinary(id) }, { $set: { seq: last + 1 } }, { session });
    await moveCheckpoints(database, [{ fence, to: fence.n }], session);
  });
  return null;
}

/** What MongoDB refuses is no fault of the worker's: the conversation stays parked where it is. */
function refusalOf(error: unknown): string {
  if (error instanceof RefusedWriteError) return error.message;
  throw error;
}

function missingSeqs(entries: readonly LogEntry[], from: number, to: number): number[] {
  const there = new Set(entries.map(({ seq }) => seq));
  return Array.from({ length: to - from + 1 }, (_, at) => from + at).filter((seq) => !there.has(seq));
}

async function readArchive(database: Database, id: ConversationId, from: number): Promise<LogEntry[]> {
  const found = await database
    .collection(events)
    .find({ _id: { $gte: eventKey(id, from), $lte: eventKey(id, GREATEST_SEQ) } })
    .sort({ _id: 1 })
    .limit(PAGE)
    .toArray();
  return found.map(entryOf);
}

async function close(database: Database, id: ConversationId, session: ClientSession): Promise<void> {
  await database.collection(parked).deleteOne({ _id: idBinary(id) }, { session });
  await database
    .collection(deadLetters)
    .updateMany(
      { conversation: idBinary(id) },
      { $set: { resolvedAt: new Date() }, $unset: { replayAskedAt: '', replayFailed: '' } },
      { session },
    );
}
