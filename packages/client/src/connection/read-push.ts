import { socketPushes, type LiveEvents, type SocketPushName } from '@parley/events';
import { isWireEvent } from '../timeline/read-event.ts';
import type { Push } from './link.ts';

/** @returns the checked push, or null if it breaks the protocol. Live events get the cheap check: they come in crowds. */
export function readPush(name: SocketPushName, payload: unknown): Push | null {
  if (name === 'events') return isLiveEvents(payload) ? { name, payload } : null;
  const read = socketPushes[name].safeParse(payload);
  return read.success ? ({ name, payload: read.data } as Push) : null;
}

function isLiveEvents(payload: unknown): payload is LiveEvents {
  const live = payload as Partial<LiveEvents> | null;
  return (
    typeof live === 'object' &&
    live !== null &&
    typeof live.conversationId === 'string' &&
    typeof live.epoch === 'string' &&
    Array.isArray(live.events) &&
    live.events.every(isWireEvent)
  );
}
