import { knownEvents, upcast, type KnownEvents, type ParleyEvent, type Seq, type WireEvent } from '@parley/events';
import type { LogEntry } from '@parley/events/log';
import type { EventOutline } from '../projections/projection.ts';

/** An event that this worker cannot project. Its conversation parks; nothing is skipped. */
export class PoisonError extends Error {
  override readonly name = 'PoisonError';
  readonly entry: EventOutline;

  constructor(entry: EventOutline, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.entry = entry;
  }
}

/**
 * @returns the event in the newest version of its type, its body checked by that version's schema.
 * @throws PoisonError for an unknown type, a newer version, invalid JSON, an erased body and one of another form.
 */
export function decodeEvent(entry: LogEntry, known: KnownEvents = knownEvents): ParleyEvent {
  const { v, type, conversationId, at, actor, commandId } = entry;
  const header = { v, type, conversationId, seq: entry.seq as Seq, at, actor, commandId };
  const salt = Buffer.from(entry.salt).toString('base64url');
  const event = upcast({ ...header, salt, body: parseBody(entry) }, known);
  if ('unknown' in event) throw new PoisonError(entry, event.unknown);
  return event;
}

/** An erased event has an empty body in the archive. */
function parseBody(entry: LogEntry): WireEvent['body'] {
  if (entry.body === '') return undefined;
  try {
    return JSON.parse(entry.body) as NonNullable<WireEvent['body']>;
  } catch (error) {
    throw new PoisonError(entry, 'The body is not valid JSON.', { cause: error });
  }
}
