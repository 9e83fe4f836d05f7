import { eventBodies, eventVersions, type EventType, type ParleyEvent, type WireEvent } from './event.ts';

/** An event that can't be shown as one of a known type. `reason` is a sentence for a log line, never for a user. */
export interface UnknownEvent {
  readonly unknown: string;
}

/** One step from a stored version of a body to the next one. */
type Step = (body: unknown) => unknown;

/**
 * The steps of each type, the first from version 1 to 2. Empty as long as every type is in its first version; a step
 * stays for ever, as do the fixtures in past-versions.
 */
const steps: Readonly<Record<EventType, readonly Step[]>> = {
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
};

/**
 * @returns the event in the newest version of its type with a checked body; or why it can't be: unknown type, newer
 * version, erased, broken body. Never throws. Hashes go over the stored form, never over this one.
 */
export function upcast(event: WireEvent): ParleyEvent | UnknownEvent {
  const { type, v, salt, body } = event;
  if (!isEventType(type)) return { unknown: `Events of type "${type}" are unknown here.` };
  if (v > eventVersions[type]) return { unknown: `Version ${v} of "${type}" is newer than this program.` };
  if (body === undefined || salt === undefined) return { unknown: 'The content of this event was erased.' };
  const newest = steps[type].slice(v - 1).reduce<unknown>((older, step) => step(older), body);
  const checked = eventBodies[type].safeParse(newest);
  if (!checked.success) return { unknown: `The body of this "${type}" has another form than its schema.` };
  const { conversationId, seq, at, actor, commandId } = event;
  const header = { v: eventVersions[type], type, conversationId, seq, at, actor, commandId };
  return { ...header, salt, body: checked.data } as ParleyEvent;
}

/** @returns whether a type is one of those that this program knows. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventBodies, type);
}
