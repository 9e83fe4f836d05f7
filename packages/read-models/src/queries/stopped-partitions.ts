import type { Database } from '../database.ts';
import { checkpoints } from '../documents/checkpoints.ts';

/** A partition whose events are not projected any more, and why. */
export interface StoppedPartition {
  readonly partition: number;
  readonly reason: string;
}

/** What whoever runs Parley can do about it. */
export const STOPPED_ADVICE =
  'Sending and live delivery go on; history and lists of its conversations wait, and nothing is skipped. A worker tries ' +
  'again every second: mend what the reason names, and it goes on by itself.';

/** @returns the partitions that stand still, in order. Rejects when MongoDB is away. */
export async function stoppedPartitions(database: Database): Promise<StoppedPartition[]> {
  const found = database
    .collection(checkpoints)
    .find({ stopped: { $exists: true } })
    .sort({ _id: 1 });
  return (await found.toArray()).map(({ _id, stopped = '' }) => ({ partition: _id, reason: stopped }));
}
