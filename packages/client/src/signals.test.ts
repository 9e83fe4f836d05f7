import { RefusalError, type ConversationId, type MarkRequest, type TypingSignal } from '@parley/events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Marks } from './marks.ts';
import { Notifier } from './notifier.ts';
import { Presence } from './presence.ts';
import { alice, bob, conversationId, firstEpoch, secondEpoch } from './testing/story.ts';
import { Typing } from './typing.ts';
import { Users } from './users.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('Typing', () => {
  const types = (typing: boolean): TypingSignal => ({ conversationId, userId: bob, typing });

  it('check 22, trap 7: forgets a typist who falls silent for 6 seconds, and all when the connection is lost', () => {
    const typing = new Typing(
      alice,
      () => undefined,
      () => undefined,
    );
    typing.take(types(true));
    vi.advanceTimersByTime(5_000);
    typing.take(types(true));
    vi.advanceTimersByTime(5_999);
    expect(typing.typists(conversationId)).toEqual([bob]);
    vi.advanceTimersByTime(1);
    expect(typing.typists(conversationId)).toEqual([]);
    typing.take(types(true));
    typing.clear();
    expect(typing.typists(conversationId)).toEqual([]);
  });

  it('says that I type at most every 3 seconds, and at once that I stopped', () => {
    const said: boolean[] = [];
    const typing = new Typing(
      alice,
      (_, is) => said.push(is),
      () => undefined,
    );
    for (const wait of [0, 1_000, 1_000, 1_000]) {
      vi.advanceTimersByTime(wait);
      typing.say(conversationId, true);
    }
    typing.say(conversationId, false);
    typing.say(conversationId, false);
    expect(said).toEqual([true, true, false]);
  });
});

describe('Marks', () => {
  function marks(send: (request: MarkRequest) => Promise<unknown>) {
    const sent: MarkRequest[] = [];
    const made = new Marks((request) => {
      sent.push(request);
      return send(request);
    });
    return { sent, made };
  }

  it('gathers marks, sends the newest, and never goes back within an epoch', async () => {
    const { sent, made } = marks(() => Promise.resolve());
    made.open();
    for (const seq of [1, 5, 3]) made.read(conversationId, firstEpoch, seq);
    made.delivered(conversationId, firstEpoch, 6);
    await vi.advanceTimersByTimeAsync(400);
    made.read(conversationId, firstEpoch, 4);
    await vi.advanceTimersByTimeAsync(400);
    expect(sent).toEqual([{ conversationId, epoch: firstEpoch, read: 5, delivered: 6 }]);
    made.read(conversationId, secondEpoch, 1);
    await vi.advanceTimersByTimeAsync(400);
    made.read(conversationId, secondEpoch, 2);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sent).toHaveLength(2);
    expect(sent.at(-1)).toEqual({ conversationId, epoch: secondEpoch, read: 2 });
  });

  it('C9: keeps a read mark that could not be sent, also over a lost connection', async () => {
    let away = true;
    const unavailable = new RefusalError({ kind: 'unavailable', message: 'Away.' });
    const { sent, made } = marks(() => (away ? Promise.reject(unavailable) : Promise.resolve()));
    made.open();
    made.read(conversationId, firstEpoch, 5);
    await vi.advanceTimersByTimeAsync(400);
    made.pause();
    away = false;
    made.open();
    await vi.advanceTimersByTimeAsync(400);
    expect(sent.map((mark) => mark.read)).toEqual([5, 5]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(2);
  });
});

describe('Marks at the end', () => {
  it('C9: what was read and is not confirmed is told once more by another road, at once; nothing else is', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const made = new Marks(() => promise);
    made.open();
    const other = '01890000-0000-7000-8000-000000000002' as ConversationId;
    made.read(conversationId, firstEpoch, 5);
    await vi.advanceTimersByTimeAsync(400);
    made.delivered(other, firstEpoch, 3);
    const flushed: MarkRequest[] = [];
    const flush = (): Promise<void> => made.flush((request) => Promise.resolve(flushed.push(request)));
    await flush();
    expect(flushed).toEqual([{ conversationId, epoch: firstEpoch, read: 5 }]);
    resolve(undefined);
    await flush();
    expect(flushed).toHaveLength(1);
  });

  it('C9: a mark that was refused may be offered again', async () => {
    const notFound = new RefusalError({ kind: 'not_found', message: 'There is no such conversation.' });
    const offered: MarkRequest[] = [];
    const made = new Marks((request) => (offered.push(request) === 1 ? Promise.reject(notFound) : Promise.resolve()));
    made.open();
    for (let n = 0; n < 3; n += 1) {
      made.read(conversationId, firstEpoch, 5);
      await vi.advanceTimersByTimeAsync(4_000);
    }
    expect(offered).toHaveLength(2);
  });
});

describe('Presence', () => {
  it('lets signals win over a snapshot that was asked for before them', async () => {
    const presence = new Presence(() => undefined);
    const { promise, resolve } = Promise.withResolvers<{ online: (typeof bob)[] }>();
    const refreshed = presence.refresh(() => promise);
    presence.take({ online: [], offline: [bob] });
    resolve({ online: [alice, bob] });
    await refreshed;
    expect([...presence.online]).toEqual([alice]);
  });

  it('keeps what it knows when no snapshot can be had', async () => {
    const presence = new Presence(() => undefined);
    presence.take({ online: [bob], offline: [] });
    await presence.refresh(() => Promise.reject(new Error('away')));
    expect([...presence.online]).toEqual([bob]);
  });
});

describe('Users', () => {
  it('asks once for many, and again for those that could not be had', async () => {
    const asked: string[][] = [];
    const users = new Users(
      (ids) => {
        asked.push([...ids]);
        const user = { userId: bob, username: 'bob', name: 'Bob', role: 'member' } as const;
        return asked.length === 1 ? Promise.reject(new Error('away')) : Promise.resolve({ users: [user], next: null });
      },
      () => undefined,
    );
    users.want([alice, bob]);
    users.want([bob]);
    await vi.advanceTimersByTimeAsync(6_000);
    users.want([bob, alice]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(asked).toEqual([
      [alice, bob],
      [alice, bob],
    ]);
    expect(users.all.get(bob)?.name).toBe('Bob');
    users.close();
  });
});

describe('Notifier', () => {
  it('tells once per turn, never inside the call, and not after the listener ended', async () => {
    const notifier = new Notifier<ConversationId>();
    let told = 0;
    const stop = notifier.on(conversationId, () => (told += 1));
    notifier.tell(conversationId);
    notifier.tell(conversationId);
    expect(told).toBe(0);
    await Promise.resolve();
    expect(told).toBe(1);
    stop();
    notifier.tell(conversationId);
    await Promise.resolve();
    expect(told).toBe(1);
  });
});
