import { knownEvents, type KnownEvents, type ParleyEvent } from '@parley/events';
import type { StoredEntry } from '@parley/events/log';
import { decodeEvent } from './decode-event.ts';
import { isSoundMessage } from './sound-message.ts';

/**
 * The short way is for the newest version alone: an older one has steps to take first.
 * @returns the event as projections take it: undefined for a plain message, whose content nobody folds.
 * @throws PoisonError for one that cannot be projected, as `decodeEvent`.
 */
export function projectable(entry: StoredEntry, known: KnownEvents = knownEvents): ParleyEvent | undefined {
  const isNewest = entry.type === 'message.sent' && entry.v === known.versions['message.sent'];
  return isNewest && isSoundMessage(entry.content) ? undefined : decodeEvent(entry, known);
}
