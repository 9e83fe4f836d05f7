import type { Partition } from '../contract/ids.ts';

/** Keys of one partition; all share its tag, so that they lie in one slot. The scripts derive the others from it. */
export interface PartitionKeys {
  readonly epoch: string;
  readonly log: string;
  readonly lineage: string;
  /** What every key of the partition begins with. */
  readonly tag: string;
}

/** @returns the keys of a partition. */
export function partitionKeys(partition: Partition): PartitionKeys {
  const tag = `{p${String(partition).padStart(2, '0')}}:`;
  return { tag, epoch: `${tag}epoch`, log: `${tag}log`, lineage: `${tag}lineage` };
}

/** The stream that every api node tails: the adapter's default name. */
export const FANOUT_STREAM = 'socket.io';

/** A receipt lies in a hash per five minutes of its commandId's own time. */
export const BUCKET_MS = 300_000;

/** Buckets are kept this long at least. */
export const RECEIPT_MS = 3_600_000;

/** @returns the oldest bucket that is kept at a time. */
export function watermarkAt(now: number): number {
  return Math.floor((now - RECEIPT_MS) / BUCKET_MS);
}
