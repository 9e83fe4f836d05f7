import type { UserId } from '@parley/events';
import type { OutboxNews, OutboxSharing } from './sharing.ts';

/**
 * Sharing between the tabs of one browser: the tab that holds a Web Lock leads, and the browser hands the lock on when
 * that tab crashes or closes. News goes over a BroadcastChannel.
 */
export function tabSharing(userId: UserId): OutboxSharing {
  const name = `parley-outbox-${userId}`;
  const channel = new BroadcastChannel(name);
  const ended = new AbortController();
  return {
    lead: () => holdLock(name, ended.signal),
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

function holdLock(name: string, signal: AbortSignal): Promise<void> {
  return new Promise((leads) => {
    const held = (): Promise<void> => {
      leads();
      return new Promise((release) => signal.addEventListener('abort', () => release()));
    };
    // Rejects only when `close` ends the waiting.
    void navigator.locks.request(name, { signal }, held).catch(() => undefined);
  });
}
