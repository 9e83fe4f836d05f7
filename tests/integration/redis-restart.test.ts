import type { Epoch } from '@parley/events';
import { expect, it } from 'vitest';

import { archivedUpTo, ask } from './stack/acked.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, say, shown, texts } from './stack/people.ts';

const parley = parleyForFile();

it('G1, G6, G12, trap 10: with Redis killed, sends wait, reads go on, and a new epoch holds everything', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('outage');
  for (let n = 1; n <= 100; n += 1) await say(alice, channel, `message ${n}`);
  await Promise.all([holds(alice, channel, 100), holds(bob, channel, 100)]);
  const before = await bob.call('history', { limit: 200 }, { conversationId: channel });
  // What is read without Redis comes from the archive.
  await archivedUpTo(bob, channel, 101);

  await parley.stack.redis.kill('SIGKILL');
  // The second is what a node says that heard nothing of the fan-out for a while; a client waits at either.
  expect(['unavailable', 'not_ready']).toContain(await ask(alice, channel, 'refused while away'));
  for (let n = 101; n <= 200; n += 1) await say(alice, channel, `message ${n}`);
  const during = await bob.call('history', { limit: 200 }, { conversationId: channel });
  expect(during.events.length).toBeGreaterThan(0);

  await parley.stack.redis.restart();
  await Promise.all([holds(alice, channel, 200), holds(bob, channel, 200)]);
  expect(texts(bob, channel)).toEqual(Array.from({ length: 200 }, (_, n) => `message ${n + 1}`));
  expect(shown(alice, channel)).toEqual(shown(bob, channel));

  const after = await bob.call('history', { limit: 200 }, { conversationId: channel });
  expect(after.epoch).not.toBe<Epoch>(before.epoch);
  expect(parley.stack.apis.every((api) => api.process.running)).toBe(true);
});

it('F09, trap 12: a frozen Redis refuses within the time-out and doubles nothing when it goes on', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('frozen');
  await parley.stack.redis.pause();
  for (let n = 1; n <= 50; n += 1) await say(alice, channel, `message ${n}`);
  const asked = await ask(alice, channel, 'asked while it is frozen');
  expect(['unavailable', 'not_ready']).toContain(asked);
  await parley.stack.redis.resume();
  await Promise.all([holds(alice, channel, 50), holds(bob, channel, 50)]);
  expect(texts(bob, channel)).toEqual(Array.from({ length: 50 }, (_, n) => `message ${n + 1}`));
});
