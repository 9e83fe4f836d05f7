import { upcast, type ConversationId, type ParleyEvent, type WireEvent } from '@parley/events';
import type { Access, EventLog } from '@parley/events/log';
import { isVisible } from '@parley/read-models';
import { isAway } from '../access/conversation-door.ts';

const CHUNK = 500;

/** @returns the events `from`…`to` that only the log holds, in seq order. @throws RefusalError `unavailable`. */
export async function readTail(
  log: Pick<EventLog, 'events'>,
  conversationId: ConversationId,
  from: number,
  to: number,
): Promise<WireEvent[]> {
  const tail: WireEvent[] = [];
  for (let next = from; next <= to; next += CHUNK) {
    tail.push(...(await log.events(conversationId, next, Math.min(to, next + CHUNK - 1))));
  }
  return tail;
}

/** With the log away the archive is all there is; the door has set the head to its end then. */
export async function visibleTail(
  log: Pick<EventLog, 'events'>,
  access: Access,
  from: number,
): Promise<{ tail: WireEvent[]; dense: boolean }> {
  const { conversationId, head } = access.conversation;
  try {
    const tail = await readTail(log, conversationId, from, head);
    return { tail: tail.filter((event) => isVisible(access.visible, event.seq)), dense: isDense(tail, from, head) };
  } catch (error) {
    if (isAway(error)) return { tail: [], dense: false };
    throw error;
  }
}

/**
 * @returns whether the events are exactly `from`…`to`. The tail is read in pieces: what is archived between two of them
 * is missing in the middle.
 */
export function isDense(events: readonly WireEvent[], from: number, to: number): boolean {
  return events.length === Math.max(0, to - from + 1) && events.every((event, at) => event.seq === from + at);
}

/** @returns those events that this program understands, in their newest versions. */
export function knownEvents(events: readonly WireEvent[]): ParleyEvent[] {
  return events.flatMap((event) => {
    const known = upcast(event);
    return 'unknown' in known ? [] : [known];
  });
}
