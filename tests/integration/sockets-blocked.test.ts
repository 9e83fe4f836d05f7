import { startStack, type Stack } from '@parley/stack';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { holds, opened, People, say, shown } from './stack/people.ts';
import { SocketBlocker } from './stack/socket-blocker.ts';

let stack: Stack;
let blocker: SocketBlocker;

beforeAll(async () => {
  stack = await startStack();
  blocker = await SocketBlocker.start(stack.apis[0]?.url ?? '');
});
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  await blocker.close();
  await stack.close();
});

it('A8: sockets that are blocked lead to HTTP by themselves, and back to a socket when they are let through; nothing is lost or doubled', async () => {
  // The clock goes on as always, and can be told that half a minute has passed.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
  const people = new People(stack);
  const behind = new People(stack, blocker.url);
  try {
    const bob = await people.setUp('Bob');
    const work = await behind.device('Bob');
    expect([work.connection.state, blocker.open, blocker.refused]).toEqual(['online', 0, 2]);
    const channel = await bob.createChannel('behind a proxy', 'private', []);
    await Promise.all([opened(work, channel), opened(bob, channel)]);
    expect([work.connection.state, blocker.open]).toEqual(['online', 0]);

    for (let n = 1; n <= 20; n += 1) await say(n % 2 ? work : bob, channel, `by HTTP ${n}`);
    await Promise.all([holds(work, channel, 20), holds(bob, channel, 20)]);

    blocker.passesSockets = true;
    const states: string[] = [];
    work.on('connection', () => states.push(work.connection.state));
    for (let n = 1; n <= 20; n += 1) {
      await say(n % 2 ? work : bob, channel, `over the change ${n}`);
      if (n === 10) vi.advanceTimersByTime(30_000);
    }
    await eventually('the device at work is on a socket', () => blocker.open === 1);
    await Promise.all([holds(work, channel, 40), holds(bob, channel, 40)]);
    expect(shown(work, channel)).toEqual(shown(bob, channel));
    expect(new Set(states)).toEqual(new Set(['online']));
  } finally {
    await people.close();
    await behind.close();
  }
});
