import type { ConversationView, UserId, WireEvent } from '@parley/events';
import { expect, it } from 'vitest';
import { Conversations } from './conversations.ts';
import { Intake } from './intake.ts';
import { Marks } from './marks.ts';
import { alice, bob, conversationId, firstEpoch, message, secondEpoch, written } from './testing/story.ts';
import { Typing } from './typing.ts';
import { Users } from './users.ts';

const standing = {
  ...{ conversationId, epoch: firstEpoch, events: [], withheld: [] },
  ...{ head: 0, archived: 0, more: false },
};

function desk() {
  const nothing = (): undefined => undefined;
  const conversations = new Conversations(alice, () => ({ messages: [], changes: [] }));
  const users = new Users(() => Promise.resolve({ users: [], next: null }), nothing);
  const typing = new Typing(alice, nothing, nothing);
  const marks = new Marks(() => Promise.resolve());
  const asked = { catchUp: 0, list: 0 };
  const road = {
    catchUp: () => (asked.catchUp += 1),
    refreshList: () => (asked.list += 1),
    changed: nothing,
  };
  const intake = new Intake(alice, { conversations, users, typing, marks }, road);
  conversations.follow(standing);
  return { intake, asked, conversations };
}

it('G5: a hole in what comes live is asked for at once; what follows without one is not', () => {
  const { intake, asked } = desk();
  intake.live({ conversationId, epoch: firstEpoch, events: [message(1), message(2)] });
  expect(asked.catchUp).toBe(0);
  intake.live({ conversationId, epoch: firstEpoch, events: [message(4)] });
  expect(asked.catchUp).toBe(1);
  intake.live({ conversationId, epoch: firstEpoch, events: [message(3)] });
  expect(asked.catchUp).toBe(1);
});

const added = (seq: number, userId: UserId): WireEvent => written({ do: 'add', by: bob, userId }, seq);
const removed = (seq: number, userId: UserId): WireEvent => written({ do: 'remove', by: bob, userId }, seq);

it('G5: a sync page that holds my going and my return leaves the conversation heard; my going live does not', () => {
  const { intake, conversations } = desk();
  const events = [removed(1, alice), added(2, alice), message(3)];
  intake.synced({ ...standing, events, head: 3 });
  expect(conversations.isHeard(conversationId)).toBe(true);
  intake.live({ conversationId, epoch: firstEpoch, events: [removed(4, bob)] });
  expect(conversations.isHeard(conversationId)).toBe(true);
  intake.live({ conversationId, epoch: firstEpoch, events: [removed(5, alice)] });
  expect(conversations.isHeard(conversationId)).toBe(false);
});

it('G6: live events of another epoch, or of an unknown conversation, are asked about', () => {
  const { intake, asked } = desk();
  intake.live({ conversationId, epoch: secondEpoch, events: [message(1)] });
  const other = '01890000-0000-7000-8000-000000000002' as typeof conversationId;
  intake.live({ conversationId: other, epoch: firstEpoch, events: [message(1)] });
  expect(asked.catchUp).toBe(2);
});

const carol = '01890000-0000-7000-8000-0000000000ca' as UserId;

it('B5: whoever comes or goes renames a group without a name, and reloads the list of nobody else', () => {
  for (const [name, reloads] of [
    [null, 2],
    ['Gardeners', 0],
  ] as const) {
    const { intake, asked, conversations } = desk();
    const view: ConversationView = {
      ...{ conversationId, kind: 'group', name, visibility: 'private', history: 'all', role: 'owner' },
      ...{ visible: [{ from: 1 }], with: [bob], epoch: firstEpoch, head: 0, read: 0, unread: 0, last: null, lastAt: 1 },
    };
    conversations.takeList({ conversations: [view] });
    intake.live({ conversationId, epoch: firstEpoch, events: [added(1, carol), removed(2, carol)] });
    expect(asked.list).toBe(reloads);
    intake.live({ conversationId, epoch: firstEpoch, events: [added(3, alice)] });
    expect(asked.list).toBe(reloads + 1);
  }
});
