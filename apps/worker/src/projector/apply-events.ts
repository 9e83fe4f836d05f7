import type { ReadModels } from '@parley/read-models';
import type { Changes, ProjectedEvent, Projection } from '../projections/projection.ts';
import { PoisonError } from './decode-event.ts';

/** @returns the changes of all projections, or the first event that one of them cannot take. */
export async function applyAll(
  projections: readonly Projection[],
  events: readonly ProjectedEvent[],
  models: ReadModels,
): Promise<Changes[] | PoisonError> {
  const changes = projections.map((projection) => projection.begin());
  await Promise.all(changes.map((change) => change.prepare(models, events)));
  for (const event of events) {
    try {
      projections.forEach((projection, at) => {
        if (handles(projection, event.entry.type)) changes[at]?.apply(event);
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return new PoisonError(event.entry, reason, { cause: error });
    }
  }
  return changes;
}

/** @returns whether a projection is made of events of this type. */
export function handles(projection: Projection, type: string): boolean {
  return projection.handles.has(type) || projection.handles.has('*');
}
