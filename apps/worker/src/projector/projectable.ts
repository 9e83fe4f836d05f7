import type { ParleyEvent } from '@parley/events';
import type { StoredEntry } from '@parley/events/log';
import { decodeEvent } from './decode-event.ts';
import { isSoundMessage } from './sound-message.ts';

/**
 * @returns the event as projections take it: undefined for a plain message, whose content nobody folds.
 * @throws PoisonError for one that cannot be projected, as `decodeEvent`.
 */
export function projectable(entry: StoredEntry): ParleyEvent | undefined {
  if (entry.type === 'message.sent' && entry.v === 1 && isSoundMessage(entry.content)) return undefined;
  return decodeEvent(entry);
}
