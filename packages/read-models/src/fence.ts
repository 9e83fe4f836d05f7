import { Binary, type ClientSession } from 'mongodb';
import type { Database } from './database.ts';
import { checkpoints, type CheckpointDocument } from './documents/checkpoints.ts';

/** The right to project a partition, until somebody takes it anew. */
export interface Fence {
  readonly partition: number;
  readonly fence: number;
  readonly epoch: string;
  readonly n: number;
}

/** A fence that was just taken, and whether the partition is said to stand still. */
export interface TakenFence extends Fence {
  readonly isStopped: boolean;
}

/**
 * Takes a partition's fence: whoever held it can commit nothing any more.
 * @param session the one whose transactions will project; the next holder ends what it leaves open.
 * @returns the fence, or null where no epoch of the partition was opened yet.
 */
export async function takeFence(
  database: Database,
  partition: number,
  session: ClientSession,
): Promise<TakenFence | null> {
  const own = idOf(session);
  const ended = await endOpenTransaction(database, partition, own);
  const before = await database
    .collection(checkpoints)
    .findOneAndUpdate({ _id: partition }, { $inc: { fence: 1 }, $set: { session: own } }, { returnDocument: 'before' });
  // Whoever came back to the fence in between: nobody would know of its session any more.
  const missed = before?.session;
  if (missed && !isSame(missed, own) && !isSame(missed, ended)) await endTransaction(database, missed);
  return before && { ...fenceAfter(before), isStopped: before.stopped !== undefined };
}

/**
 * Ends the transaction that the fence's last holder may have left open. A process that was killed or frozen would
 * otherwise keep its writes' documents locked for as long as a transaction may live, which is a minute.
 * @param own the caller's session, which is spared.
 * @returns the session whose transaction was ended.
 */
export async function endOpenTransaction(
  database: Database,
  partition: number,
  own?: Binary,
): Promise<Binary | undefined> {
  const held = await database.collection(checkpoints).findOne({ _id: partition }, { projection: { session: 1 } });
  const open = held?.session;
  if (!open || isSame(open, own)) return undefined;
  await endTransaction(database, open);
  return open;
}

async function endTransaction(database: Database, session: Binary): Promise<void> {
  await database.client.db('admin').command({ killSessions: [{ id: session }] });
}

/**
 * Says that the holder of a fence has no transaction open now, and may come back to it: other partitions have a part in
 * its session's next transactions, which whoever takes the fence need not end.
 */
export async function leaveFence(database: Database, { partition, fence }: Fence): Promise<void> {
  await database.collection(checkpoints).updateOne({ _id: partition, fence }, { $unset: { session: '' } });
}

/**
 * Comes back to a fence that was left.
 * @param session the one whose transactions will project.
 * @returns whether it is still the partition's, at the place where it was left.
 */
export async function resumeFence(
  database: Database,
  { partition, fence, epoch, n }: Fence,
  session: ClientSession,
): Promise<boolean> {
  const found = await database
    .collection(checkpoints)
    .updateOne({ _id: partition, fence, epoch, n }, { $set: { session: idOf(session) } });
  return found.matchedCount === 1;
}

function idOf(session: ClientSession): Binary {
  const id = session.id?.id;
  if (!id) throw new Error('The MongoDB session has ended; start a new one and take the fence again.');
  return new Binary(id.buffer, Binary.SUBTYPE_UUID);
}

function isSame(one: Binary, other: Binary | undefined): boolean {
  return one.toString('hex') === other?.toString('hex');
}

function fenceAfter({ _id, fence, epoch, n }: CheckpointDocument): Fence {
  return { partition: _id, fence: fence + 1, epoch, n };
}
