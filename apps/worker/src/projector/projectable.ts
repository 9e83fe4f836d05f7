import { knownEvents, type KnownEvents, type ParleyEvent } from '@parley/events';
import type { StoredEntry } from '@parley/events/log';
import { decodeEvent } from './decode-event.ts';
import { isSoundMessage, SOUND_VERSION } from './sound-message.ts';

/**
 * The short way is for one version alone, and only while that is the newest: an older one has steps to take first, and of
 * a newer one nobody knows the form by its bytes.
 * @returns the event as projections take it: undefined for a plain message, whose content nobody folds.
 * @throws PoisonError for one that cannot be projected, as `decodeEvent`.
 */
export function projectable(entry: StoredEntry, known: KnownEvents = knownEvents): ParleyEvent | undefined {
  const isUsual = entry.type === 'message.sent' && entry.v === SOUND_VERSION && isNewest(known);
  return isUsual && isSoundMessage(entry.content) ? undefined : decodeEvent(entry, known);
}

function isNewest({ versions }: KnownEvents): boolean {
  return versions['message.sent'] === SOUND_VERSION;
}
