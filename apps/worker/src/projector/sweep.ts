import type { Partition } from '@parley/events';
import type { LogWork } from '@parley/events/log';
import { checkpoints, type Database } from '@parley/read-models';

/** A partition whose checkpoint `n` is not at the log's head, or that is said to stand still. */
export interface Behind {
  readonly partition: Partition;
  readonly n: number;
  /** Raised by each run that takes the partition over. */
  readonly fence: number;
}

/**
 * Compares the log's heads with the checkpoints: whatever wake-ups were lost, what they stood for is found here.
 * @returns the partitions whose checkpoint is not at the log's head, on either side of it, and those that are said to
 * stand still: that it is over is only said by a run, and what stopped one may have ended without a new event.
 */
export async function partitionsBehind(log: LogWork, database: Database): Promise<Behind[]> {
  const [heads, places] = await Promise.all([
    log.heads(),
    database
      .collection(checkpoints)
      .find({}, { projection: { n: 1, fence: 1, stopped: 1 } })
      .toArray(),
  ]);
  const reached = new Map(places.map((place) => [place._id, place]));
  return heads.flatMap((head, partition) => {
    // Without a checkpoint nobody has opened an epoch yet: there is nothing to project.
    const place = reached.get(partition);
    if (!place || (place.n === head && place.stopped === undefined)) return [];
    return [{ partition: partition as Partition, n: place.n, fence: place.fence }];
  });
}
