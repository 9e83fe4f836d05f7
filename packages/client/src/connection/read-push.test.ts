import { describe, expect, it } from 'vitest';
import { conversationId, firstEpoch, message } from '../testing/story.ts';
import { readPush } from './read-push.ts';
import { readSyncPage } from './read-sync-page.ts';

const live = { conversationId, epoch: firstEpoch, events: [message(1), message(2)] };
const synced = {
  conversationId,
  epoch: firstEpoch,
  events: [message(1)],
  withheld: [],
  head: 1,
  archived: 0,
  more: false,
};
const page = { conversations: [synced], gone: [], more: false };

describe('what a server says by itself', () => {
  it('passes well-formed pushes', () => {
    expect(readPush('events', live)).toEqual({ name: 'events', payload: live });
    expect(readPush('drain', { withinMs: 500 })).toEqual({ name: 'drain', payload: { withinMs: 500 } });
  });

  it.each([
    ['nothing', null],
    ['text', 'events'],
    ['no events', { ...live, events: undefined }],
    ['an event without a seq', { ...live, events: [{ ...message(1), seq: undefined }] }],
    ['a seq that is no count', { ...live, events: [{ ...message(1), seq: 0.5 }] }],
    ['an event without an actor', { ...live, events: [{ ...message(1), actor: null }] }],
  ])('trap 30: refuses live events that are %s', (_, payload) => {
    expect(readPush('events', payload)).toBeNull();
  });

  it('refuses signals with unknown fields', () => {
    expect(readPush('typing', { conversationId, typing: true })).toBeNull();
    expect(readPush('drain', { withinMs: 1, more: 1 })).toBeNull();
  });
});

describe('sync pages', () => {
  it('passes well-formed ones', () => {
    expect(readSyncPage(page)).toBe(page);
    expect(
      readSyncPage({ ...page, conversations: [{ ...synced, shared: 3, withheld: [{ from: 2, to: 4 }] }] }),
    ).toBeDefined();
  });

  it.each([
    ['nothing', undefined],
    ['without more', { ...page, more: undefined }],
    ['without a list', { ...page, conversations: {} }],
    ['with a broken event', { ...page, conversations: [{ ...synced, events: [{}] }] }],
    ['with a broken run', { ...page, conversations: [{ ...synced, withheld: [{ from: 'x', to: 2 }] }] }],
    ['with a head below zero', { ...page, conversations: [{ ...synced, head: -1 }] }],
  ])('refuses pages that are %s', (_, given) => {
    expect(readSyncPage(given)).toBeUndefined();
  });
});
