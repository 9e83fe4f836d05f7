import { expect, test } from 'vitest';
import { connectionNotice } from './connection-notice.ts';

const waiting = { state: 'waiting', since: 0, retryAt: 9_000, cause: 'The server is away' } as const;

test('the first three seconds are silent, then there is a cause, a countdown and a way to try', () => {
  expect(connectionNotice(waiting, 2_900)).toBeNull();
  expect(connectionNotice(waiting, 4_000)).toEqual({
    text: 'The server is away. Trying again in 5 s.',
    retry: true,
  });
});

test('an interruption is counted from when it began', () => {
  expect(connectionNotice({ state: 'connecting', since: 3_900 }, 4_000)).toBeNull();
  expect(connectionNotice({ state: 'connecting', since: 900 }, 4_000)?.text).toBe('Connecting…');
});

test('being offline is told at once; being online or signed out is not told here', () => {
  expect(connectionNotice({ state: 'offline', since: 0 }, 1)?.retry).toBe(false);
  expect(connectionNotice({ state: 'online' }, 9_999)).toBeNull();
  expect(connectionNotice({ state: 'signed-out', cause: 'x' }, 9_999)).toBeNull();
});
