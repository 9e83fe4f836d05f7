import type { Partition } from '@parley/events';
import type { LogWork } from '@parley/events/log';
import { checkpoints, type Database } from '@parley/read-models';

/** A partition whose checkpoint `n` is not at the log's head. */
export interface Behind {
  readonly partition: Partition;
  readonly n: number;
}

/**
 * Compares the log's heads with the checkpoints: whatever wake-ups were lost, what they stood for is found here.
 * @returns the partitions whose checkpoint is not at the log's head, on either side of it.
 */
export async function partitionsBehind(log: LogWork, database: Database): Promise<Behind[]> {
  const [heads, places] = await Promise.all([
    log.heads(),
    database
      .collection(checkpoints)
      .find({}, { projection: { n: 1 } })
      .toArray(),
  ]);
  const reached = new Map(places.map(({ _id, n }) => [_id, n]));
  return heads.flatMap((head, partition) => {
    // Without a checkpoint nobody has opened an epoch yet: there is nothing to project.
    const n = reached.get(partition);
    return n === undefined || n === head ? [] : [{ partition: partition as Partition, n }];
  });
}
