import { checkpoints, type Database, type Fence } from '@parley/read-models';
import type { ClientSession } from 'mongodb';
import { bulkUpdate } from './bulk-write.ts';

/** Somebody took the fence: this run may change nothing any more. */
export class FenceLostError extends Error {
  override readonly name = 'FenceLostError';
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
  if (moved === moves.length) return moves.map(({ fence, to }) => ({ ...fence, n: to }));
  const partitions = moves.map(({ fence }) => fence.partition).join(', ');
  throw new FenceLostError(`Another run projects a partition of these now: ${partitions}.`);
}

/** @returns whether the fence is still the partition's, at the place where it was left. */
export async function stillHolds(database: Database, fence: Fence): Promise<boolean> {
  const found = await database.collection(checkpoints).findOne({ _id: fence.partition });
  return found?.fence === fence.fence && found.epoch === fence.epoch && found.n === fence.n;
}

/** Notes why a partition stands still, for whoever asks; gone with the next batch. */
export async function noteStop(database: Database, partition: number, reason: string): Promise<void> {
  await database.collection(checkpoints).updateOne({ _id: partition }, { $set: { stopped: reason } });
}
