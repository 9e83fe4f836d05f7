import type { ReadModels } from '@parley/read-models';
import type { ClientSession } from 'mongodb';
import type { Changes, Projection } from '../projections/projection.ts';
import { bulkUpdate } from './bulk-write.ts';

/**
 * Writes what projections made of one or several batches, with one command for each read model.
 * @param batches changes of each batch, in the order of the projections; no two touch the same document.
 * @throws RefusedWriteError, and what MongoDB throws when it is away.
 */
export async function writeChanges(
  projections: readonly Projection[],
  models: ReadModels,
  batches: readonly (readonly Changes[])[],
  session?: ClientSession,
): Promise<void> {
  for (const [at, { name }] of projections.entries()) {
    const updates = batches.flatMap((changes) => changes[at]?.updates() ?? []);
    await bulkUpdate(models[name], updates, session);
  }
}
