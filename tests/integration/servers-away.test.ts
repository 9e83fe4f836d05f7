import { expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, shown } from './stack/people.ts';

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
  await opened(late, channel);
  for (let page = 0; page < 4; page += 1) await late.loadOlder(channel);
  expect(shown(late, channel)).toEqual(shown(alice, channel));

  await Promise.all(parley.stack.workers.map((worker) => worker.start()));
  const list = await eventually('the list knows the last message', async () => {
    const { conversations } = await late.call('conversations', {});
    return conversations.find((row) => row.conversationId === channel && row.head === 121);
  });
  expect(list.unread).toBe(100);
});

it('G12: with MongoDB away, sends and live delivery go on; the projection catches up afterwards', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('no mongodb');
  await parley.stack.mongo.kill('SIGKILL');
  for (let n = 1; n <= 100; n += 1) await say(alice, channel, `message ${n}`);
  await Promise.all([holds(alice, channel, 100), holds(bob, channel, 100)]);
  await parley.stack.mongo.restart();
  await eventually('all is archived', async () => {
    const page = await bob.call('sync', { positions: {}, unarchived: [channel] });
    const here = page.conversations.find((row) => row.conversationId === channel);
    return here?.archived === 101;
  });
  expect(shown(alice, channel)).toEqual(shown(bob, channel));
});
