import { expect, it } from 'vitest';
import { Conversations } from './conversations.ts';
import { Intake } from './intake.ts';
import { Marks } from './marks.ts';
import { alice, conversationId, firstEpoch, message, secondEpoch } from './testing/story.ts';
import { Typing } from './typing.ts';
import { Users } from './users.ts';

function desk() {
  const nothing = (): undefined => undefined;
  const conversations = new Conversations(alice, () => ({ messages: [], changes: [] }));
  const users = new Users(() => Promise.resolve({ users: [], next: null }), nothing);
  const typing = new Typing(alice, nothing, nothing);
  const marks = new Marks(() => Promise.resolve());
  const asked = { catchUp: 0 };
  const road = { catchUp: () => (asked.catchUp += 1), refreshList: nothing, changed: nothing };
  const intake = new Intake(alice, { conversations, users, typing, marks }, road);
  conversations.follow({
    ...{ conversationId, epoch: firstEpoch, events: [], withheld: [] },
    ...{ head: 0, archived: 0, more: false },
  });
  return { intake, asked };
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

it('G6: live events of another epoch, or of an unknown conversation, are asked about', () => {
  const { intake, asked } = desk();
  intake.live({ conversationId, epoch: secondEpoch, events: [message(1)] });
  const other = '01890000-0000-7000-8000-000000000002' as typeof conversationId;
  intake.live({ conversationId: other, epoch: firstEpoch, events: [message(1)] });
  expect(asked.catchUp).toBe(2);
});
