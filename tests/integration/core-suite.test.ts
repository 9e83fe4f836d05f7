import { createChatClient, MemoryOutboxStore, type ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { startStack, type Stack } from '@parley/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { blockSockets, type BlockedNodes } from './stack/blocked-nodes.ts';
import { eventually } from './stack/eventually.ts';
import { holds, opened, openedWhole, People, say, shown, texts } from './stack/people.ts';
import { numbered } from './stack/seeding.ts';

/** Connection state recovery is a hint: all that it brings must come by the client's own sync as well. */
const NO_HINT = 'sockets without recovery';
const HTTP = 'HTTP alone, sockets blocked';

describe.each(['sockets', NO_HINT, HTTP])('A8, E1: the core of the chat over %s', (road) => {
  let stack: Stack;
  let blocked: BlockedNodes | undefined;
  let people: People;
  let alice: ChatClient;
  let bob: ChatClient;
  let channel: ConversationId;

  beforeAll(async () => {
    stack = await startStack({ apis: 2, ...(road === NO_HINT && { env: { PARLEY_RECOVERY: 'off' } }) });
    if (road === HTTP) blocked = await blockSockets(stack);
    people = new People(blocked ? { ...blocked, setupCode: stack.setupCode } : stack);
    ({ alice, bob, channel } = await people.aliceAndBobIn('core'));
  });
  afterAll(async () => {
    await people.close();
    await blocked?.[Symbol.asyncDispose]();
    await stack.close();
  });

  const row = (client: ChatClient) => client.conversations.find((one) => one.conversationId === channel);
  const textNow = (client: ChatClient, seq: number): string => {
    const found = client.timeline(channel).items.find((item) => item.kind === 'message' && item.message.seq === seq);
    if (found?.kind !== 'message' || found.message.changes.deleted) return '';
    const content = found.message.changes.edit?.content ?? found.message.content;
    const reactions = found.message.changes.reactions.filter(({ on }) => on);
    const emoji = reactions.map(({ reaction }) => ('emoji' in reaction ? reaction.emoji : '')).join('');
    return ('text' in content ? content.text : '') + emoji;
  };

  it('E8, G4: what two people send on two nodes is one order for both, and for a device that comes later', async () => {
    for (let n = 1; n <= 20; n += 1) await say(n % 2 ? alice : bob, channel, `message ${n}`);
    await Promise.all([holds(alice, channel, 20), holds(bob, channel, 20)]);
    expect(shown(alice, channel)).toEqual(shown(bob, channel));
    const late = await people.device('Bob', 0);
    await openedWhole(late, channel);
    expect(shown(late, channel)).toEqual(shown(alice, channel));
  });

  it('E28, G8: an edit, a deletion and reactions reach everybody', async () => {
    const messages = alice.timeline(channel).items.flatMap((item) => (item.kind === 'message' ? [item.message] : []));
    const mine = messages.filter(({ userId }) => userId === alice.session.user.userId);
    const [edited, deleted] = mine.map(({ seq }) => seq);
    if (!edited || !deleted) throw new Error('Alice has written by now.');
    await alice.edit(channel, edited, { suite: 'none', text: 'edited ' });
    await alice.remove(channel, deleted);
    await bob.react(channel, edited, '👍', true);
    await bob.react(channel, edited, '🎉', true);
    await bob.react(channel, edited, '🎉', false);
    for (const client of [alice, bob]) {
      await eventually('the changes are there', () => textNow(client, edited) === 'edited 👍');
      await eventually('and the deletion', () => textNow(client, deleted) === '');
    }
  });

  it('C12, check 18: how far one has read is known to the own other devices and to the others', async () => {
    const other = await people.device('Bob', 0);
    await eventually('his other device counts some', () => (row(other)?.unread ?? 0) > 0);
    const { head } = bob.timeline(channel);
    bob.markRead(channel, head);
    await eventually('his other device counts none', () => row(other)?.unread === 0);
    await eventually('Alice knows', () =>
      row(alice)?.marks.some(({ userId, read }) => userId === bob.session.user.userId && read >= head),
    );
  });

  it('E7, E13: conversations come to the list of who is added, with their last message, and go from it', async () => {
    const group = await alice.createGroup('Plans', [bob.session.user.userId]);
    const found = () => bob.conversations.find((one) => one.conversationId === group);
    await eventually('Bob has it', () => found() !== undefined);
    await opened(alice, group);
    await say(alice, group, 'the plan');
    await eventually('with its last message, unread', () => found()?.last !== null && found()?.unread === 1);
    await alice.removeMember(group, bob.session.user.userId);
    await eventually('it is gone', () => found() === undefined);
    await bob.createDirect(alice.session.user.userId);
    await eventually('the direct one is there', () => alice.conversations.some(({ kind }) => kind === 'direct'));
  });

  it('check 6, G2: what waited when the program ended is sent once by the next one, which shows the same', async () => {
    const store = new MemoryOutboxStore();
    const before = texts(bob, channel).length;
    const first = await people.device('Alice', 0, { store });
    await opened(first, channel);
    await stack.apis[0]?.process.kill('SIGKILL');
    for (const text of numbered('kept', 3)) await say(first, channel, text);
    const snapshot = first.snapshot();
    await first.close();
    await stack.apis[0]?.process.start();
    const again = await createChatClient({ server: people.address(0), session: first.session, store, snapshot });
    await openedWhole(again, channel);
    await holds(bob, channel, before + 3);
    expect(texts(bob, channel).slice(before)).toEqual(numbered('kept', 3));
    await eventually(
      'the new program shows the same',
      () => shown(again, channel).join() === shown(bob, channel).join(),
    );
    await again.close();
  });

  it('G1, G4, A2: an outage of a node, and of Redis, loses and doubles nothing', async () => {
    const before = texts(bob, channel).length;
    for (const [at, text] of numbered('outage', 40).entries()) {
      await say(at % 2 ? alice : bob, channel, text);
      if (at === 10) await stack.apis[0]?.process.kill('SIGKILL');
      if (at === 20) await stack.apis[0]?.process.start();
      if (at === 30) await stack.redis.restart();
    }
    await Promise.all([holds(alice, channel, before + 40), holds(bob, channel, before + 40)]);
    expect(shown(alice, channel)).toEqual(shown(bob, channel));
    expect(new Set(texts(bob, channel).slice(before))).toEqual(new Set(numbered('outage', 40)));
  });

  it('went over that road alone', () => {
    for (const { open, refused } of blocked?.blockers ?? []) {
      expect(open).toBe(0);
      expect(refused).toBeGreaterThan(0);
    }
    expect(alice.connection.state).toBe('online');
  });
});
