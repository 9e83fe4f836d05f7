import { Binary, MongoServerError, type ClientSession } from 'mongodb';
import type { Database } from './database.ts';
import { checkpoints, type CheckpointDocument } from './documents/checkpoints.ts';

/** The right to project a partition, until somebody takes it anew. */
export interface Fence {
  readonly partition: number;
  readonly fence: number;
  readonly epoch: string;
  readonly n: number;
  /** Session of the holder before, which may have left a transaction open; null where that can't be. */
  readonly before: Binary | null;
}

/** A holder that lives has committed by then what it was about to commit. */
const PATIENCE_MS = 500;
/** MongoDB's code for a command that took longer than it was allowed. */
const TOOK_TOO_LONG = 50;

/**
 * Takes a partition's fence: whoever held it can commit nothing any more. A transaction that its holder has open now is
 * ended only where it is in the way for longer than a commit takes: other partitions have a part in it.
 * @param session the one whose transactions will project.
 * @returns the fence, or null where no epoch of the partition was opened yet.
 */
export async function takeFence(database: Database, partition: number, session: ClientSession): Promise<Fence | null> {
  const id = session.id?.id;
  if (!id) throw new Error('The MongoDB session has ended; start a new one and take the fence again.');
  const own = new Binary(id.buffer, Binary.SUBTYPE_UUID);
  try {
    return await raiseFence(database, partition, own, PATIENCE_MS);
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === TOOK_TOO_LONG)) throw error;
  }
  await endOpenTransaction(database, partition);
  return raiseFence(database, partition, own);
}

/**
 * Ends the transaction that the fence's holder may have left open. A process that was killed or frozen would otherwise
 * keep its writes' documents locked for as long as a transaction may live, which is a minute.
 */
export async function endOpenTransaction(database: Database, partition: number): Promise<void> {
  const held = await database.collection(checkpoints).findOne({ _id: partition }, { projection: { session: 1 } });
  if (held?.session) await endTransaction(database, held.session);
}

/** Ends the transaction that a session has open, if it has one. */
export async function endTransaction(database: Database, session: Binary): Promise<void> {
  await database.client.db('admin').command({ killSessions: [{ id: session }] });
}

async function raiseFence(
  database: Database,
  partition: number,
  own: Binary,
  maxTimeMS?: number,
): Promise<Fence | null> {
  const found = await database
    .collection(checkpoints)
    .findOneAndUpdate(
      { _id: partition },
      { $inc: { fence: 1 }, $set: { session: own } },
      { returnDocument: 'before', ...(maxTimeMS !== undefined && { maxTimeMS }) },
    );
  return found && fenceAfter(found, own);
}

function fenceAfter({ _id, fence, epoch, n, session }: CheckpointDocument, own: Binary): Fence {
  const isOwn = session?.toString('hex') === own.toString('hex');
  return { partition: _id, fence: fence + 1, epoch, n, before: (!isOwn && session) || null };
}
