import { PARTITIONS, type Partition } from '@parley/events';
import type { LogWork } from '@parley/events/log';

export interface RetentionLimits {
  /** How many archived events each partition's log keeps. */
  readonly hotEvents: number;
  readonly fanoutMs: number;
  readonly fanoutBytes: number;
}

/**
 * Takes out of the log's and the fan-out's Redis what nobody needs there any more: events behind the archive, receipts that are old and
 * archived, the fan-out's past. What is not archived stays, whatever the limits say.
 * @returns how many entries and receipt hashes went.
 */
export async function retain(
  log: LogWork,
  fanOut: Pick<LogWork, 'trimFanOut'>,
  limits: RetentionLimits,
): Promise<number> {
  let gone = 0;
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    gone += await log.dropReceipts(partition as Partition);
    gone += await log.trimLog(partition as Partition, limits.hotEvents);
  }
  return gone + (await fanOut.trimFanOut({ maxAgeMs: limits.fanoutMs, maxBytes: limits.fanoutBytes }));
}
