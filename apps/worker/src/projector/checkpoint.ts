import { checkpoints, type Database, type Fence } from '@parley/read-models';
import type { ClientSession } from 'mongodb';

/** Somebody took the fence: this run may change nothing any more. */
export class FenceLostError extends Error {
  override readonly name = 'FenceLostError';
}

/**
 * Moves a partition's checkpoint from the fence's place to `n`, by compare-and-set on (fence, epoch, n).
 * @throws FenceLostError when another run holds the partition, or its epoch is another.
 */
export async function moveCheckpoint(
  database: Database,
  fence: Fence,
  n: number,
  session: ClientSession,
): Promise<Fence> {
  const expected = { _id: fence.partition, fence: fence.fence, epoch: fence.epoch, n: fence.n };
  const moved = await database
    .collection(checkpoints)
    .updateOne(expected, { $set: { n }, $unset: { stopped: '' } }, { session });
  if (moved.matchedCount !== 1)
    throw new FenceLostError(`Partition ${fence.partition} is projected by another run now.`);
  return { ...fence, n };
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
