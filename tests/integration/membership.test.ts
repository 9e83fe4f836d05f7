import { RefusalError } from '@parley/events';
import { expect, it } from 'vitest';

import { archivedUpTo } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, shown, texts } from './stack/people.ts';

const parley = parleyForFile();

it('B1, trap 5: who is removed gets nothing after the removal, live, on return, or by asking', async () => {
  const alice = await parley.people.setUp('Alice', 0);
  const [bob, carol] = [await parley.people.join('Bob', 1), await parley.people.join('Carol', 1)];
  const members = [bob.session.user.userId, carol.session.user.userId];
  const channel = await alice.createChannel('inner circle', 'private', members);
  await Promise.all([alice, bob, carol].map((client) => opened(client, channel)));
  await say(alice, channel, 'before');
  await Promise.all([alice, bob, carol].map((client) => holds(client, channel, 1)));

  const away = await parley.people.device('Carol', 0);
  await away.close();
  await alice.removeMember(channel, carol.session.user.userId);
  for (let n = 1; n <= 20; n += 1) await say(alice, channel, `after ${n}`);
  await holds(bob, channel, 21);

  expect(texts(carol, channel)).toEqual(['before']);
  const back = await parley.people.device('Carol', 0);
  await eventually('the list is there', () => back.conversations.length > 0);
  expect(back.conversations.some((row) => row.conversationId === channel)).toBe(false);
  const asked = await back
    .call('history', {}, { conversationId: channel })
    .then((page) => page.events.flatMap((event) => (event.type === 'message.sent' ? [JSON.stringify(event.body)] : [])))
    .catch((error: unknown) => (error instanceof RefusalError ? error.refusal.kind : error));
  expect(JSON.stringify(asked)).not.toContain('after');
  await expect(back.call('command', { commands: [] })).rejects.toThrow('invalid');
});

it.each([20, 1_200])(
  'G5: who is let out and in again while away has the group and its %i messages on return',
  async (count) => {
    const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
    const { userId } = bob.session.user;
    const group = await alice.createGroup('tides', [userId]);
    await Promise.all([opened(alice, group), opened(bob, group)]);
    await say(alice, group, 'before');
    await holds(bob, group, 1);

    const node = parley.stack.apis[1]?.process;
    await node?.kill('SIGKILL');
    await alice.removeMember(group, userId);
    await say(alice, group, 'unseen');
    await archivedUpTo(alice, group, 4);
    // From here on the read models know of the removal, and not of the return.
    await Promise.all(parley.stack.workers.map((worker) => worker.kill('SIGKILL')));
    await alice.addMember(group, userId);
    for (let n = 1; n <= count; n += 1) await say(alice, group, `after ${n}`);
    await holds(alice, group, count + 2);
    await node?.start();

    await holds(bob, group, count + 1);
    expect(texts(bob, group).slice(0, 2)).toEqual(['before', 'after 1']);
    await Promise.all(parley.stack.workers.map((worker) => worker.start()));
    await archivedUpTo(alice, group, count + 5);
    expect(bob.conversations.map((row) => row.conversationId)).toContain(group);
  },
);

it('who is added to a group sees nothing from before; to a channel, everything', async () => {
  const alice = await parley.people.device('Alice', 0);
  const [bob, carol] = [await parley.people.device('Bob', 1), await parley.people.device('Carol', 0)];
  const group = await alice.createGroup('plans', [bob.session.user.userId]);
  const channel = await alice.createChannel('open plans', 'private', [bob.session.user.userId]);
  for (const id of [group, channel]) await opened(alice, id);
  for (const id of [group, channel]) await say(alice, id, 'early');
  for (const id of [group, channel]) await holds(alice, id, 1);
  for (const id of [group, channel]) await alice.addMember(id, carol.session.user.userId);
  for (const id of [group, channel]) await say(alice, id, 'late');
  for (const id of [group, channel]) await opened(carol, id);
  await eventually('Carol sees both', () => shown(carol, group).length === 1 && shown(carol, channel).length === 2);
  expect([texts(carol, group), texts(carol, channel)]).toEqual([['late'], ['early', 'late']]);
});

it('E7: two who write to each other at once have one direct conversation', async () => {
  const [alice, bob] = [await parley.people.device('Alice', 0), await parley.people.device('Bob', 1)];
  const ids = await Promise.all([
    alice.createDirect(bob.session.user.userId),
    bob.createDirect(alice.session.user.userId),
  ]);
  expect(ids[0]).toBe(ids[1]);
});
