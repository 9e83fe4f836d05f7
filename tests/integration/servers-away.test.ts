import { expect, it } from 'vitest';

import { archivedUpTo } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, openedWhole, say, shown } from './stack/people.ts';

const parley = parleyForFile();

it('G12: with the workers away, live delivery, the list and the whole history go on', async () => {
  const alice = await parley.people.setUp('Alice', 0);
  const bob = await parley.people.join('Bob', 1);
  await Promise.all(parley.stack.workers.map((worker) => worker.kill('SIGKILL')));
  const channel = await alice.createChannel('no workers', 'private', [bob.session.user.userId]);
  await Promise.all([opened(alice, channel), opened(bob, channel)]);
  for (let n = 1; n <= 120; n += 1) await say(alice, channel, `message ${n}`);
  await Promise.all([holds(alice, channel, 120), holds(bob, channel, 120)]);

  const late = await parley.people.device('Bob', 0);
  await openedWhole(late, channel);
  expect(shown(late, channel)).toEqual(shown(alice, channel));

  await Promise.all(parley.stack.workers.map((worker) => worker.start()));
  const list = await eventually('the list knows the last message', async () => {
    const { conversations } = await late.call('conversations', {});
    return conversations.find((row) => row.conversationId === channel && row.head === 121);
  });
  expect(list.unread).toBe(100);
});

it('G12: with MongoDB away, sends of all kinds, live delivery and catching up go on; the projection follows afterwards', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('no mongodb');
  const carol = await parley.people.join('Carol', 0);
  for (let n = 1; n <= 50; n += 1) await say(alice, channel, `message ${n}`);
  await Promise.all([holds(alice, channel, 50), holds(bob, channel, 50)]);
  await archivedUpTo(bob, channel, 51);

  await parley.stack.mongo.kill('SIGKILL');
  const ready = await eventually('its absence is noticed', async () => {
    const reply = await fetch(`${parley.stack.apis[0]?.url ?? ''}/health/ready`);
    const health = (await reply.json()) as { ready: boolean; impaired: string[] };
    return health.impaired.length > 0 && health;
  });
  expect(ready).toMatchObject({ ready: true, impaired: ['MongoDB is out of reach'] });
  await bob.react(channel, 20, '⚓', true);
  await alice.edit(channel, 21, { suite: 'none', text: 'message 20, edited' });
  await alice.addMember(channel, carol.session.user.userId);
  for (let n = 51; n <= 100; n += 1) await say(alice, channel, `message ${n}`);
  await Promise.all([holds(alice, channel, 100), holds(bob, channel, 100)]);
  const { epoch } = await eventually('the row is there', () =>
    bob.conversations.find((row) => row.conversationId === channel),
  );
  const missed = await bob.call('sync', { positions: { [epoch]: { [channel]: 10 } } });
  const here = missed.conversations.find((row) => row.conversationId === channel);
  expect(here?.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 94 }, (_, at) => 11 + at));

  await parley.stack.mongo.restart();
  await archivedUpTo(bob, channel, 104);
  await eventually('Carol has the channel', () => carol.conversations.some((row) => row.conversationId === channel));
  expect(shown(alice, channel)).toEqual(shown(bob, channel));
});
