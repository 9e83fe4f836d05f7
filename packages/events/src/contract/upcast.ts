import { eventBodies, eventVersions, type EventType, type ParleyEvent, type WireEvent } from './event.ts';
import type { z } from './z.ts';

/** An event that can't be shown as one of a known type. `reason` is a sentence for a log line, never for a user. */
export interface UnknownEvent {
  readonly unknown: string;
}

/** One step from a stored version of a body to the next one. */
type Step = (body: unknown) => unknown;

/** What a program knows of each event type. */
export interface KnownEvents {
  /** The newest version. */
  readonly versions: Readonly<Record<EventType, number>>;
  /** The body's schema in the newest version. */
  readonly bodies: Readonly<Record<EventType, z.ZodType>>;
  /** From each version to the next one, the first from 1 to 2. A step stays for ever, as do the fixtures in past-versions. */
  readonly steps: Readonly<Record<EventType, readonly Step[]>>;
}

/** What this program knows. There are no steps as long as every type is in its first version. */
export const knownEvents: KnownEvents = {
  versions: eventVersions,
  bodies: eventBodies,
  steps: {
    'conversation.created': [],
    'member.added': [],
    'member.removed': [],
    'member.role-changed': [],
    'member.joined': [],
    'member.left': [],
    'message.sent': [],
    'message.edited': [],
    'message.deleted': [],
    'reaction.added': [],
    'reaction.removed': [],
    'user.registered': [],
  },
};

/**
 * @returns the event in the newest version of its type with a checked body; or why it can't be: unknown type, newer
 * version, erased, broken body. Never throws. Hashes go over the stored form, never over this one.
 */
export function upcast(event: WireEvent, known: KnownEvents = knownEvents): ParleyEvent | UnknownEvent {
  const { type, v, salt, body } = event;
  if (!isEventType(type)) return { unknown: `Events of type "${type.slice(0, 64)}" are unknown here.` };
  const newest = known.versions[type];
  if (v > newest) return { unknown: `Version ${v} of "${type}" is newer than this program.` };
  if (body === undefined || salt === undefined) return { unknown: 'The content of this event was erased.' };
  const checked = known.bodies[type].safeParse(lifted(body, known.steps[type].slice(v - 1)));
  if (!checked.success) {
    const where = checked.error.issues[0]?.path.join('.') ?? '';
    return { unknown: `The body of this "${type}" has another form than its schema, at "${where}".` };
  }
  const { conversationId, seq, at, actor, commandId } = event;
  const header = { v: newest, type, conversationId, seq, at, actor, commandId };
  return { ...header, salt, body: checked.data } as ParleyEvent;
}

/** A step may trip over a body that never had its version's form: then there is none that the schema could take. */
function lifted(body: unknown, steps: readonly Step[]): unknown {
  try {
    return steps.reduce((older, step) => step(older), body);
  } catch {
    return undefined;
  }
}

/** @returns whether a type is one of those that this program knows. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventBodies, type);
}
