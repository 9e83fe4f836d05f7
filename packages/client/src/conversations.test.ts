import type { ConversationView, WireEvent } from '@parley/events';
import { expect, it } from 'vitest';
import { Conversations } from './conversations.ts';
import { alice, bob, conversationId, firstEpoch, message, written } from './testing/story.ts';

const conversationsOf = () => new Conversations(alice, () => ({ messages: [], changes: [] }));

/** What sync tells of a conversation that the list does not have. */
const synced = (...events: WireEvent[]) => ({
  ...{ conversationId, epoch: firstEpoch, events, withheld: [] },
  ...{ head: events.length, archived: 0, more: false },
});

function created(kind: 'directory' | 'group'): WireEvent {
  const members = [{ userId: alice, role: 'owner' as const }];
  const body = { kind, name: null, visibility: 'private', history: 'all', members };
  return { ...message(1, alice), type: 'conversation.created', body };
}

it('the list of somebody who is alone in the workspace lacks nothing: the directory is no row of it', () => {
  const conversations = conversationsOf();
  conversations.follow(synced(created('directory')));
  expect([conversations.isHeard(conversationId), conversations.isListLate]).toEqual([true, false]);
});

it('the directory is known by who registers in it, too', () => {
  const conversations = conversationsOf();
  const registered = { ...message(1, bob), type: 'user.registered', body: { userId: bob, role: 'member' } };
  conversations.follow(synced(registered));
  expect(conversations.isListLate).toBe(false);
});

it('any other conversation that sync tells of is one that the list is late with', () => {
  for (const first of [created('group'), written({ do: 'join', by: alice }, 1)]) {
    const conversations = conversationsOf();
    conversations.follow(synced(first));
    expect(conversations.isListLate).toBe(true);
  }
});

it('C15: that a conversation came or went is seen, since other people may be known to be online then', () => {
  const conversations = conversationsOf();
  const view: ConversationView = {
    ...{ conversationId, kind: 'group', name: null, visibility: 'private', history: 'all', role: 'owner' },
    ...{ visible: [{ from: 1 }], with: [bob], epoch: firstEpoch, head: 1, read: 0, unread: 0, last: null, lastAt: 1 },
  };
  conversations.takeList({ conversations: [view] });
  const came = conversations.turnover;
  conversations.takeList({ conversations: [view] });
  expect([came, conversations.turnover]).toEqual([1, 1]);
  conversations.leave(conversationId);
  conversations.leave(conversationId);
  expect(conversations.turnover).toBe(2);
});
