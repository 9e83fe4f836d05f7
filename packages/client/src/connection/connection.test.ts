import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionKeeper } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { SmallServer } from '../testing/small-server.ts';
import { Connection, type Transport } from './connection.ts';

/** Every wait of a full jitter is as long as it may be. */
const LONGEST = 0.999_999;

let server: SmallServer;
let connection: Connection;
let keeper: SessionKeeper;
/** Each state it was in, what it told its listener, in order. */
let story: string[];
let place: Surroundings & { network: boolean; turn(there: boolean): void };

/** Waits in real time while the client's own clock stands still. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 50_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`It did not come: ${story.join(', ')}`);
    await new Promise((soon) => setImmediate(soon));
  }
}

/**
 * As `until`, with the client's clock running thirty times as fast as the real one; where the machine stands still, it
 * does too, or nothing that is under way would be answered in time.
 */
async function untilInTime(condition: () => boolean): Promise<void> {
  let last = performance.now();
  await until(() => {
    const now = performance.now();
    vi.advanceTimersByTime(Math.min((now - last) * 30, 300));
    last = now;
    return condition();
  });
}

/** @returns the story without what HTTP asks every few seconds. */
const told = (): string[] => story.filter((line) => line !== '(resync)' && line !== '(stale)');

const state = (): string => connection.state.state;
const isOnline = (): boolean => state() === 'online';

function begin(transport: Transport = 'auto'): void {
  keeper = new SessionKeeper({ baseUrl: server.url, headless: true }, server.session());
  connection = new Connection(server.url, keeper, place, transport, {
    changed: () => void story.push(state()),
    opened: () => void story.push('(opened)'),
    lost: () => void story.push('(lost)'),
    stale: () => void story.push('(stale)'),
    push: ({ name }) => void story.push(`(${name})`),
  });
  connection.start();
}

async function begun(transport?: Transport): Promise<void> {
  begin(transport);
  await until(isOnline);
  await until(() => server.sockets === (transport === 'http' ? 0 : 1));
  story.length = 0;
}

beforeEach(async () => {
  server = await SmallServer.start();
  story = [];
  const listeners = new Set<(there: boolean) => void>();
  place = {
    network: true,
    hasNetwork: () => place.network,
    onNetwork: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    turn(there) {
      place.network = there;
      for (const listener of listeners) listener(there);
    },
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(Math, 'random').mockReturnValue(LONGEST);
});
afterEach(async () => {
  connection.close();
  keeper.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
  await server.close();
});

describe('a node that stops', () => {
  it('C2: is left at a random moment of the time that it gives, for another road, without a wait', async () => {
    await begun();
    vi.mocked(Math.random).mockReturnValue(0.5);
    server.io.emit('drain', { withinMs: 1_000 });
    server.io.emit('resync', {});
    await until(() => story.includes('(resync)'));
    vi.advanceTimersByTime(499);
    expect(story.splice(0)).toEqual(['(resync)']);
    vi.advanceTimersByTime(1);
    await until(() => story.includes('online'));
    expect(story).toEqual(['(lost)', 'connecting', 'online', '(opened)']);
    expect(server.handshakes).toHaveLength(2);
  });
});

describe('a server that ends the socket by itself', () => {
  it('C2, E10: is come back to after a jittered wait, and after longer ones as long as nothing is proven', async () => {
    await begun();
    server.throwsOut = true;
    server.io.disconnectSockets(true);
    for (const [round, wait] of [250, 500, 1_000, 2_000, 3_000, 3_000].entries()) {
      await until(() => state() === 'waiting');
      vi.advanceTimersByTime(wait - 1);
      expect([state(), server.handshakes.length]).toEqual(['waiting', round + 1]);
      story.length = 0;
      vi.advanceTimersByTime(1);
      await until(() => story.includes('waiting'));
    }
    server.throwsOut = false;
    vi.advanceTimersByTime(3_000);
    await until(() => isOnline() && server.sockets === 1);

    connection.proven();
    vi.mocked(Math.random).mockReturnValue(0.5);
    server.io.disconnectSockets(true);
    await until(() => state() === 'waiting');
    vi.advanceTimersByTime(124);
    expect(state()).toBe('waiting');
    vi.advanceTimersByTime(1);
    await until(isOnline);
  });

  it('keeps no packet of before for later', async () => {
    await begun();
    const asked = connection.request('sync', { positions: {} });
    server.io.disconnectSockets(true);
    await expect(asked).rejects.toMatchObject({ refusal: { kind: 'unavailable' } });
    await expect(connection.request('sync', { positions: {} })).rejects.toMatchObject({
      refusal: { kind: 'unavailable' },
    });
  });
});

describe('the network of the place', () => {
  it('check 6: goes: offline at once; comes: tries at once, with no wait left to end', async () => {
    await begun();
    place.turn(false);
    expect(story).toEqual(['(lost)', 'offline']);
    story.length = 0;
    place.turn(true);
    await until(() => story.includes('(opened)'));
    expect(story).toEqual(['connecting', 'online', '(opened)']);
  });

  it('is tried even while the place thinks that there is none', async () => {
    await begun();
    place.turn(false);
    vi.advanceTimersByTime(250);
    await until(isOnline);
    expect(server.handshakes).toHaveLength(2);
  });
});

describe('where sockets are blocked', () => {
  it('A8: two that fail in a row lead to HTTP, and back to a socket as soon as one opens, with nothing lost between', async () => {
    server.passesSockets = false;
    begin();
    await until(() => state() === 'waiting');
    vi.advanceTimersByTime(250);
    await until(isOnline);
    expect(story).toEqual(['connecting', 'waiting', 'connecting', 'online', '(opened)']);
    expect(server.sockets).toBe(0);

    story.length = 0;
    await untilInTime(() => server.blocked === 4);
    expect([told(), state()]).toEqual([[], 'online']);
    server.passesSockets = true;
    await untilInTime(() => story.includes('(opened)'));
    await until(() => server.sockets === 1);
    expect(told()).toEqual(['online', '(opened)']);
    expect(server.sockets).toBe(1);
  });

  it('A8: told to use HTTP alone, it never tries a socket', async () => {
    await begun('http');
    vi.advanceTimersByTime(60_000);
    expect(server.handshakes).toEqual([]);
  });
});

describe('the session', () => {
  it('a token that the handshake refuses is renewed, and the next attempt brings the new one', async () => {
    begin();
    server.token = 'second';
    await until(() => state() === 'waiting');
    vi.advanceTimersByTime(250);
    await until(isOnline);
    expect(story).toEqual(['connecting', 'waiting', 'connecting', 'online', '(opened)']);
    expect(server.handshakes).toEqual(['first', 'second']);
  });

  it('C17: a server that wants a newer client says so, and nothing is tried any more', async () => {
    server.wantsNewer = true;
    begin();
    await until(() => state() === 'signed-out');
    expect(connection.state).toMatchObject({ outdated: true });
  });

  it('a session that is over is the end: signed out, and no attempt follows', async () => {
    await begun();
    server.token = 'of somebody else';
    server.knowsSession = false;
    server.io.disconnectSockets(true);
    await until(() => state() === 'waiting');
    vi.advanceTimersByTime(250);
    await until(() => state() === 'signed-out');
    const tried = server.handshakes.length;
    place.turn(false);
    place.turn(true);
    connection.reconnect();
    vi.advanceTimersByTime(3_600_000);
    expect([state(), server.handshakes.length]).toEqual(['signed-out', tried]);
  });
});
