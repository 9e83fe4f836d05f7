import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say } from './stack/people.ts';

const parley = parleyForFile();

function message(client: ChatClient, conversationId: ConversationId, seq: number) {
  const items = client.timeline(conversationId).items;
  return items.flatMap((item) => (item.kind === 'message' && item.message.seq === seq ? [item.message] : []))[0];
}

const row = (client: ChatClient, id: ConversationId) => client.conversations.find((one) => one.conversationId === id);

it('E28, E8, G8: edits, deletions and reactions converge for who is there and who comes later', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('changes');
  for (const text of ['one', 'two', 'three']) await say(alice, channel, text);
  await Promise.all([holds(alice, channel, 3), holds(bob, channel, 3)]);

  await alice.edit(channel, 2, { suite: 'none', text: 'one, edited' });
  await alice.remove(channel, 3);
  await bob.react(channel, 4, '👍', true);
  await bob.react(channel, 4, '🎉', true);
  await bob.react(channel, 4, '🎉', false);
  await alice.react(channel, 4, '👍', true);

  const settled = (client: ChatClient): boolean =>
    message(client, channel, 2)?.changes.edit?.content !== undefined &&
    message(client, channel, 3)?.changes.deleted !== null &&
    message(client, channel, 4)?.changes.reactions.length === 3 &&
    message(client, channel, 4)?.changes.reactions.filter(({ on }) => on).length === 2;
  await eventually('Alice and Bob see the changes', () => settled(alice) && settled(bob));
  const late = await parley.people.device('Bob', 0);
  await opened(late, channel);
  await eventually('a later device sees the same', () => settled(late));
  expect(message(late, channel, 2)?.changes.edit?.content).toEqual({ suite: 'none', text: 'one, edited' });
  expect(message(late, channel, 4)?.changes.reactions).toEqual(message(alice, channel, 4)?.changes.reactions);
});

it('E28: nobody edits what somebody else wrote', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('mine');
  await say(alice, channel, 'mine');
  await holds(bob, channel, 1);
  await bob.edit(channel, 2, { suite: 'none', text: 'yours' });
  await eventually('the edit is refused', () => bob.failed.length === 1);
  expect(bob.failed[0]?.refusal.kind).toBe('not_found');
  expect(message(alice, channel, 2)?.changes.edit).toBeNull();
});

it('C12, check 18: reading on one device clears the unread count of the others', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const other = await parley.people.device('Bob', 0);
  const channel = await alice.createChannel('unread', 'private', [bob.session.user.userId]);
  await opened(alice, channel);
  for (let n = 1; n <= 5; n += 1) await say(alice, channel, `message ${n}`);
  await eventually('both devices count 5', () => row(bob, channel)?.unread === 5 && row(other, channel)?.unread === 5);
  await opened(bob, channel);
  bob.markRead(channel, 6);
  await eventually('both devices count 0', () => row(bob, channel)?.unread === 0 && row(other, channel)?.unread === 0);
  const fresh = await parley.people.device('Bob', 1);
  await eventually('a new device counts 0', () => row(fresh, channel)?.unread === 0);
  await eventually('Alice sees how far Bob has read', () =>
    row(alice, channel)?.marks.some((mark) => mark.userId === bob.session.user.userId && mark.read === 6),
  );
});

it('C13, E30, trap 7: typing is seen by the others and is gone afterwards', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('typing');
  const seen: number[] = [];
  bob.onTyping(channel, (who) => seen.push(who.length));
  await eventually('Bob sees Alice type', () => {
    // A signal may be lost: who types on says so again.
    alice.setTyping(channel, true);
    return seen.at(-1) === 1;
  });
  await eventually('and no more', () => seen.at(-1) === 0);
});

it('A3, C15: who is online is the same on every node, and ends with the last device', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const carol = await parley.people.join('Carol', 1);
  const id = carol.session.user.userId;
  const online = async (client: ChatClient) => (await client.call('online', {})).online.includes(id);
  await eventually('both nodes know Carol', async () => (await online(alice)) && (await online(bob)));
  await eventually('Alice hears of it', () => alice.online.has(id));
  await carol.close();
  await eventually('both nodes know that Carol left', async () => !(await online(alice)) && !(await online(bob)));
  await eventually('Alice hears of that too', () => !alice.online.has(id));
});
