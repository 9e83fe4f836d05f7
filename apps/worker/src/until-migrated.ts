import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from './logger.ts';

/**
 * Runs a migration until it comes through: MongoDB may start later than the worker.
 * @throws the last error when `ended` says that the process is to end first.
 */
export async function untilMigrated(migration: () => Promise<void>, logger: Logger, ended: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await migration();
      return;
    } catch (error) {
      if (ended.aborted) throw error;
      logger.warn({ err: error }, 'MongoDB is not ready; trying again in a second.');
      await wait(1_000, undefined, { signal: ended });
    }
  }
}
