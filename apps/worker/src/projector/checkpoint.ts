import { checkpoints, type Database, type Fence } from '@parley/read-models';
import type { ClientSession } from 'mongodb';
import { bulkUpdate } from './bulk-write.ts';

/** Somebody took the fence of these partitions: their runs may change nothing any more. */
export class FenceLostError extends Error {
  override readonly name = 'FenceLostError';
  readonly partitions: readonly number[];

  constructor(partitions: readonly number[]) {
    super(`Another run projects a partition of these now: ${partitions.join(', ')}.`);
    this.partitions = partitions;
  }
}

/** A checkpoint on its way: from the fence's place to `to`. */
export interface Move {
  readonly fence: Fence;
  readonly to: number;
}

/**
 * Moves the checkpoints of several partitions, by compare-and-set on (fence, epoch, n).
 * @returns the fences at their new places, in order.
 * @throws FenceLostError when another run holds one of the partitions, or its epoch is another.
 */
export async function moveCheckpoints(
  database: Database,
  moves: readonly Move[],
  session: ClientSession,
): Promise<Fence[]> {
  const updates = moves.map(({ fence: { partition, fence, epoch, n }, to }) => ({
    q: { _id: partition, fence, epoch, n },
    u: { $set: { n: to }, $unset: { stopped: '' } },
  }));
  const moved = await bulkUpdate(database.collection(checkpoints), updates, session);
  if (moved !== moves.length) throw new FenceLostError(await lostOf(database, moves, session));
  return moves.map(({ fence, to }) => ({ ...fence, n: to }));
}

/** @returns the partitions whose checkpoint did not move. */
async function lostOf(database: Database, moves: readonly Move[], session: ClientSession): Promise<number[]> {
  const wanted = moves.map(({ fence: { partition, fence, epoch }, to }) => ({ _id: partition, fence, epoch, n: to }));
  const moved = await database.collection(checkpoints).find({ $or: wanted }, { session }).toArray();
  const held = new Set(moved.map(({ _id }) => _id));
  return moves.map(({ fence }) => fence.partition).filter((partition) => !held.has(partition));
}

/** @returns whether the fence is still the partition's, at the place where it was left. */
export async function stillHolds(database: Database, fence: Fence): Promise<boolean> {
  const found = await database.collection(checkpoints).findOne({ _id: fence.partition });
  return found?.fence === fence.fence && found.epoch === fence.epoch && found.n === fence.n;
}

/** Notes why a partition stands still under this fence, for whoever asks, or with null that it does not. */
export async function noteStop(database: Database, { partition, fence }: Fence, reason: string | null): Promise<void> {
  const noted = reason === null ? { $unset: { stopped: '' as const } } : { $set: { stopped: reason } };
  await database.collection(checkpoints).updateOne({ _id: partition, fence }, noted);
}
