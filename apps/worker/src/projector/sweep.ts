import type { Partition } from '@parley/events';
import type { LogWork } from '@parley/events/log';
import { checkpoints, type Database } from '@parley/read-models';

/** A partition whose checkpoint `n` is not at the log's head. */
export interface Behind {
  readonly partition: Partition;
  readonly n: number;
  /** Raised by each run that takes the partition over. */
  readonly fence: number;
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
      .find({}, { projection: { n: 1, fence: 1 } })
      .toArray(),
  ]);
  const reached = new Map(places.map((place) => [place._id, place]));
  return heads.flatMap((head, partition) => {
    // Without a checkpoint nobody has opened an epoch yet: there is nothing to project.
    const place = reached.get(partition);
    if (!place || place.n === head) return [];
    return [{ partition: partition as Partition, n: place.n, fence: place.fence }];
  });
}
