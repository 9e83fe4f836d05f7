import { eventBodies, eventVersions, type EventType, type ParleyEvent, type Seq } from '@parley/events';
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
 * @returns the event with its body checked by the schema of its type.
 * @throws PoisonError for an unknown type, a newer version, invalid JSON and a body of another shape.
 */
export function decodeEvent(entry: LogEntry): ParleyEvent {
  const { type, v } = entry;
  if (!isKnown(type)) throw new PoisonError(entry, `Events of type "${type.slice(0, 64)}" are unknown here.`);
  if (v > eventVersions[type]) throw new PoisonError(entry, `${type} of version ${v} is newer than this worker.`);
  const body = eventBodies[type].safeParse(parseBody(entry));
  if (!body.success) {
    const where = body.error.issues[0]?.path.join('.') ?? '';
    throw new PoisonError(entry, `The body of ${type} has another shape than its schema, at "${where}".`);
  }
  return { ...headerOf(entry), type, body: body.data } as ParleyEvent;
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(eventBodies, type);
}

function parseBody(entry: LogEntry): unknown {
  try {
    return JSON.parse(entry.body);
  } catch (error) {
    throw new PoisonError(entry, 'The body is not valid JSON.', { cause: error });
  }
}

function headerOf(entry: LogEntry) {
  const { v, conversationId, at, actor, commandId } = entry;
  const salt = Buffer.from(entry.salt).toString('base64url');
  return { v, conversationId, seq: entry.seq as Seq, at, actor, commandId, salt };
}
