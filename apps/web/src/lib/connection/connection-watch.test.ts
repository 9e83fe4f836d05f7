import type { ConnectionState } from '@parley/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConnectionWatch } from './connection-watch.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('ux C31: what was lost before somebody looked is told at once, not after three more seconds', () => {
  const watch = new ConnectionWatch({ connection: { state: 'connecting', since: Date.now() - 10_000 } });
  expect(watch.notice?.text).toBe('Connecting…');
});

test('check 7: the bar waits for three seconds of silence and goes with the connection, and says of when all is', () => {
  const chat: { connection: ConnectionState } = { connection: { state: 'online' } };
  const watch = new ConnectionWatch(chat);
  watch.follow(true)();
  expect([watch.notice, watch.asOf]).toEqual([null, null]);
  const since = Date.now();
  chat.connection = { state: 'waiting', since, retryAt: since + 9_000, cause: 'The server is away' };
  const stop = watch.follow(false);
  vi.advanceTimersByTime(2_900);
  expect(watch.notice).toBeNull();
  vi.advanceTimersByTime(1_100);
  expect([watch.notice?.text, watch.asOf]).toEqual(['The server is away. Trying again in 5 s.', since]);
  chat.connection = { state: 'online' };
  expect([watch.notice, watch.asOf]).toEqual([null, null]);
  stop();
});

test('what an earlier visit kept is of no moment that is known', () => {
  const watch = new ConnectionWatch({ connection: { state: 'offline', since: Date.now() } });
  expect([watch.notice?.retry, watch.asOf]).toEqual([false, null]);
});
