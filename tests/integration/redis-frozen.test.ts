import { expect, it } from 'vitest';

import { ask } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, say, shown, texts } from './stack/people.ts';
import { numbered } from './stack/seeding.ts';

const parley = parleyForFile();

it('B3, F09: the log Redis stands still under load until every node knows it; after SIGCONT nothing is lost or doubled', async () => {
  const { stack, people } = parley;
  const { alice, bob, channel } = await people.aliceAndBobIn('standstill');

  const all = numbered('message', 300);
  for (const text of all.slice(0, 200)) void say(alice, channel, text);
  // Some are stored, some on their way, some not yet begun.
  await eventually('the burst is on its way', () => shown(bob, channel).length > 0);
  await stack.redis.pause();
  for (const text of all.slice(200)) void say(alice, channel, text);
  // The second is what a node says that heard nothing of the fan-out for a while; a client waits at either.
  expect(['unavailable', 'not_ready']).toContain(await ask(bob, channel, 'refused'));
  for (const { url } of stack.apis) {
    const ready = `${url}/health/ready`;
    await eventually('the node knows that it is deaf', async () => (await fetch(ready)).status === 503);
  }
  const before = shown(bob, channel).length;
  expect(before).toBeLessThan(all.length);

  await stack.redis.resume();
  // The refused one was never promised: it may be stored, once, for its answer did not come in time.
  await eventually('everything of the burst is there', () => alice.waiting === 0 && known().length === all.length);
  expect(known()).toEqual(all);
  expect(texts(bob, channel).filter((text) => text === 'refused').length).toBeLessThanOrEqual(1);
  await holds(alice, channel, shown(bob, channel).length);
  expect(shown(alice, channel)).toEqual(shown(bob, channel));

  function known(): string[] {
    return texts(bob, channel).filter((text) => text !== 'refused');
  }
});
