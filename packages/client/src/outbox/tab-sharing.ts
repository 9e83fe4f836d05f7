import type { UserId } from '@parley/events';
import type { OutboxNews, OutboxSharing } from './sharing.ts';

/** Browsers have locks only for pages that came by https, or from the machine itself. */
const ownLocks = (): LockManager | null => ('locks' in navigator ? navigator.locks : null);

/**
 * Sharing between the tabs of one browser: the tab that holds a Web Lock leads, and the browser hands the lock on when
 * that tab crashes or closes. News goes over a BroadcastChannel. Without `locks` every tab leads: what two of them send is
 * stored once all the same, for a command keeps its id.
 */
export function tabSharing(userId: UserId, locks: LockManager | null = ownLocks()): OutboxSharing {
  const name = `parley-outbox-${userId}`;
  const channel = new BroadcastChannel(name);
  const ended = new AbortController();
  return {
    lead: () => (locks ? holdLock(locks, name, ended.signal) : Promise.resolve()),
    tell: (news) => channel.postMessage(news),
    hear: (listener) => {
      channel.onmessage = (message: MessageEvent<OutboxNews>) => listener(message.data);
    },
    close: () => {
      ended.abort();
      channel.close();
    },
  };
}

function holdLock(locks: LockManager, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((leads) => {
    const held = (): Promise<void> => {
      leads();
      return new Promise((release) => signal.addEventListener('abort', () => release()));
    };
    // Rejects only when `close` ends the waiting.
    void locks.request(name, { signal }, held).catch(() => undefined);
  });
}
