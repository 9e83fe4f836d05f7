import type { LogBatch } from '@parley/events/log';
import type { Fence } from '@parley/read-models';
import { StoppedError } from './batch.ts';

/**
 * The log must go on exactly where the checkpoint stands, in the checkpoint's epoch. Nothing is ever skipped.
 * @returns the entries of what was read.
 * @throws StoppedError where the log is in another epoch, went back in time, or lacks an entry.
 */
export function continuedBy({ n, epoch }: Fence, run: LogBatch): LogBatch['entries'] {
  if (run.epoch !== epoch) {
    throw new StoppedError(`The log is in epoch ${run.epoch}, the checkpoint in ${epoch}: an opening is under way.`);
  }
  if (run.head < n) {
    throw new StoppedError(`The log ends at n ${run.head}, before the checkpoint at ${n}: it went back in time.`);
  }
  run.entries.forEach((entry, at) => {
    if (entry.n === n + 1 + at) return;
    throw new StoppedError(
      `After n ${n + at} the log goes on at ${entry.n}: what was between is gone. Bring back a newer MongoDB.`,
    );
  });
  if (run.entries.length === 0 && run.head > n) {
    throw new StoppedError(
      `The log has no entry between the checkpoint at n ${n} and its head at ${run.head}: it is gone. Bring back a newer MongoDB.`,
    );
  }
  return run.entries;
}
