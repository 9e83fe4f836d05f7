import { newId, type CommandId, type ConversationId, type ConversationView, type User } from '@parley/events';
import { expect, it } from 'vitest';
import { Conversations } from './conversations.ts';
import { Snapshot } from './snapshot-form.ts';
import { snapshotOf, takeSnapshot } from './snapshot.ts';
import { alice, bob, conversationId, firstEpoch, message, Story, written, type Deed } from './testing/story.ts';
import { runsOf } from './timeline/run.ts';
import { Users } from './users.ts';

const deeds: Deed[] = [
  { do: 'send', by: bob, text: 'hello' },
  { do: 'join', by: bob },
  { do: 'send', by: alice, text: 'tpyo' },
  { do: 'edit', by: alice, target: 3, text: 'typo' },
  { do: 'react', by: bob, target: 3, emoji: '👍', on: true },
  { do: 'send', by: bob, text: 'a secret' },
  { do: 'send', by: bob, text: 'gone' },
  { do: 'delete', by: bob, target: 7 },
];
const story = new Story(
  deeds.map((deed, at) => written(deed, at + 1)),
  new Set([6]),
);
const view: ConversationView = {
  ...{ conversationId, kind: 'channel', name: 'harbour', visibility: 'private', history: 'all', role: 'member' },
  ...{ visible: [], with: [alice, bob], epoch: firstEpoch, head: 0, read: 1, unread: 0, last: null, lastAt: 0 },
};
const bobsName: User = { userId: bob, username: 'bob', name: 'Bob', role: 'member' };

function empty(): { conversations: Conversations; users: Users } {
  const none = { messages: [], changes: [] };
  return {
    conversations: new Conversations(alice, () => none),
    users: new Users(
      () => Promise.resolve({ users: [], next: null }),
      () => undefined,
    ),
  };
}

function lived(): ReturnType<typeof empty> {
  const parts = empty();
  parts.conversations.takeList({ conversations: [view] });
  const { events, withheld } = story.run(1, story.head);
  parts.conversations.timeline(conversationId).log.take(firstEpoch, runsOf(events, withheld));
  parts.users.learn([bobsName]);
  return parts;
}

it('check 6: what a snapshot brings back is what was held, and sync goes on from there', () => {
  const before = lived();
  const stored: unknown = JSON.parse(JSON.stringify(snapshotOf(before.conversations, before.users)));
  const after = empty();
  takeSnapshot(Snapshot.parse(stored), after.conversations, after.users);

  const [old, now] = [before, after].map(({ conversations }) => conversations.timeline(conversationId).timeline());
  expect(now?.items).toEqual(old?.items);
  expect(now).toMatchObject({ first: 1, complete: story.head, head: story.head, atStart: true });
  expect(after.conversations.positions()).toEqual({ [firstEpoch]: { [conversationId]: story.head } });
  expect(after.conversations.rows).toEqual(before.conversations.rows);
  expect(after.users.all.get(bob)).toEqual(bobsName);

  after.conversations.timeline(conversationId).log.take(firstEpoch, runsOf([message(story.head + 1)]));
  expect(after.conversations.timeline(conversationId).log.complete).toBe(story.head + 1);
});

it('keeps only the newest rows of a long conversation; older ones come by page', () => {
  const parts = empty();
  parts.conversations.takeList({ conversations: [view] });
  const many = Array.from({ length: 200 }, (_, at) => ({ ...message(at + 1), commandId: newId<CommandId>() }));
  parts.conversations.timeline(conversationId).log.take(firstEpoch, runsOf(many));
  const after = empty();
  takeSnapshot(snapshotOf(parts.conversations, parts.users), after.conversations, after.users);
  expect(after.conversations.timeline(conversationId).timeline()).toMatchObject({ first: 151, complete: 200 });
});

it('a message that this build can’t read stays what it is: a newer build may show it', () => {
  const parts = empty();
  parts.conversations.takeList({ conversations: [view] });
  const newer = [1, 2].map((seq) => ({ ...message(seq), v: 99 }));
  parts.conversations.timeline(conversationId).log.take(firstEpoch, runsOf([...newer, message(3)]));
  const [page] = snapshotOf(parts.conversations, parts.users).pages;
  expect([page?.events, page?.withheld]).toEqual([[...newer, message(3)], []]);
});

it('A7: a page is built again only for a conversation that changed', () => {
  const parts = lived();
  const snapshot = () => snapshotOf(parts.conversations, parts.users).pages[0];
  const before = snapshot();
  expect(snapshot()).toBe(before);
  parts.conversations.timeline(conversationId).log.take(firstEpoch, runsOf([message(story.head + 1)]));
  expect(snapshot()).toMatchObject({ last: story.head + 1 });
  expect(snapshot()).not.toBe(before);
});

it('check 6: of many conversations the thirty newest that are held are kept', () => {
  const parts = empty();
  const ids = Array.from({ length: 40 }, () => newId<ConversationId>());
  const views = ids.map((id, at) => ({ ...view, conversationId: id, lastAt: 100 - at }));
  parts.conversations.takeList({ conversations: views });
  for (const id of ids.slice(1)) parts.conversations.timeline(id).log.take(firstEpoch, runsOf([message(1)]));
  expect(snapshotOf(parts.conversations, parts.users).pages.map((page) => page.conversationId)).toEqual(
    ids.slice(1, 31),
  );
});
