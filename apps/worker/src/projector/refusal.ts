import { readModelNames, type Database, type ReadModels } from '@parley/read-models';
import type { ConversationId } from '@parley/events';
import type { LogBatch } from '@parley/events/log';
import type { Changes, Projection } from '../projections/projection.ts';
import { isParked, StoppedError } from './batch.ts';
import { RefusedWriteError } from './bulk-write.ts';
import { writeChanges } from './write-changes.ts';

type Entries = LogBatch['entries'];

/** With so many conversations of a partition parked by refusals it is no fault of single ones any more. */
const MOST_REFUSED = 10;
/** So many other conversations are asked whether MongoDB takes them, at most. */
const MOST_ASKED = 8;

/** @returns whether MongoDB refused what a batch makes of a read model. What the archive does not take stops the partition. */
export function isOfReadModel(error: unknown, models: ReadModels): error is RefusedWriteError {
  if (!(error instanceof RefusedWriteError)) return false;
  return readModelNames.some((name) => models[name].collectionName === error.collection);
}

/** What is needed to tell whether a refusal concerns one conversation or everybody. */
export interface RefusalAsked {
  readonly error: RefusedWriteError;
  /** The entry that was refused, in the batch that it came with. */
  readonly entry: Entries[number];
  readonly batch: Entries;
  /** Conversations of the partition that stand still, and how many of them because of refusals. */
  readonly parked: ReadonlyMap<ConversationId, number>;
  readonly refused: number;
  /** Whether MongoDB would take what these entries make of the read models. */
  readonly isTaken: (entries: Entries) => Promise<boolean>;
}

/**
 * A refusal parks its conversation only where it is alone with it. One that others meet too has another cause, say a
 * newer release's stricter validator: the partition stands still until that is mended, and nobody is parked.
 * @throws StoppedError where MongoDB takes none of the batch's other conversations, or has refused too many before.
 */
export async function demandOfOne(asked: RefusalAsked): Promise<void> {
  const { error, refused, isTaken } = asked;
  if (refused >= MOST_REFUSED) {
    throw new StoppedError(`${error.message} So it did for ${refused} conversations before: nobody else is parked.`);
  }
  const others = othersBehind(asked);
  for (const entries of others) if (await isTaken(entries)) return;
  if (others.length > 0) throw new StoppedError(`${error.message} It takes no other conversation either.`);
}

/** What comes before it in the batch was taken, or judged. @returns the entries of other conversations, of each by itself. */
function othersBehind({ entry, batch, parked }: Pick<RefusalAsked, 'entry' | 'batch' | 'parked'>): Entries[] {
  const own = 'unreadable' in entry ? undefined : entry.conversationId;
  const others = batch.flatMap((other) => {
    if ('unreadable' in other || other.n < entry.n || other.conversationId === own) return [];
    // What is parked is not written, and so says nothing.
    return isParked(parked, other) ? [] : [other];
  });
  return [...Map.groupBy(others, ({ conversationId }) => conversationId).values()].slice(0, MOST_ASKED);
}

/** Tries changes and undoes them. @returns whether MongoDB takes them. Rejects when it is away. */
export async function isTakenBy(
  database: Database,
  projections: readonly Projection[],
  models: ReadModels,
  changes: readonly Changes[],
): Promise<boolean> {
  await using session = database.client.startSession();
  session.startTransaction();
  try {
    await writeChanges(projections, models, [changes], session);
    return true;
  } catch (error) {
    if (!isOfReadModel(error, models)) throw error;
    return false;
  } finally {
    await session.abortTransaction().catch(() => undefined);
  }
}
