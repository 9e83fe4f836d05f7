import { upcast, type ParleyEvent, type WireEvent } from '@parley/events';

/**
 * @returns the event in its newest version with its checked body, or null for what this client can't show: an erased
 * body, an unknown type, a newer version, a body that breaks its schema. Such an event still takes its seq.
 */
export function readEvent(wire: WireEvent): ParleyEvent | null {
  const event = upcast(wire);
  return 'unknown' in event ? null : event;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

/**
 * A cheap check of an envelope, for live events by the thousand: the fields that the reducer stands on. The body is
 * checked by its schema when it is read.
 */
export function isWireEvent(value: unknown): value is WireEvent {
  const event = value as Partial<WireEvent> | null;
  return (
    typeof event === 'object' &&
    event !== null &&
    typeof event.type === 'string' &&
    typeof event.conversationId === 'string' &&
    typeof event.commandId === 'string' &&
    typeof event.actor?.userId === 'string' &&
    isCount(event.seq) &&
    isCount(event.v) &&
    Number.isSafeInteger(event.at)
  );
}
