import { partitionOf, type KnownEvents } from '@parley/events';
import type { LogEntry } from '@parley/events/log';
import type { ReadModels } from '@parley/read-models';
import type { Changes, Projection } from '../projections/projection.ts';
import { applyAll } from './apply-events.ts';
import { decodeEvent, PoisonError } from './decode-event.ts';

/** @returns what the projections make of archived events, or the first that cannot be projected. */
export async function decodeAndApply(
  setting: { projections: readonly Projection[]; models: ReadModels; known?: KnownEvents | undefined },
  entries: readonly LogEntry[],
): Promise<readonly Changes[] | PoisonError> {
  try {
    const events = entries.map((entry) => ({
      entry,
      partition: partitionOf(entry.conversationId),
      decoded: decodeEvent(entry, setting.known),
    }));
    return await applyAll(setting.projections, events, setting.models);
  } catch (error) {
    if (error instanceof PoisonError) return error;
    throw error;
  }
}
