import { unlimited } from '@parley/stack';
import { expect, it } from 'vitest';

import { archivedUpTo } from './stack/acked.ts';
import { parleyForFile } from './stack/parley.ts';
import { opened, shown } from './stack/people.ts';
import { numbered, seed } from './stack/seeding.ts';

const LONG = 100_000;

const parley = parleyForFile({ apis: 2, env: unlimited });

it(`C19: a conversation of ${LONG} messages opens, and is paged to its very beginning, nothing skipped and nothing repeated`, async () => {
  const { stack, people } = parley;
  const alice = await people.setUp('Alice', 0);
  const channel = await alice.createChannel('long', 'private', []);
  const said = numbered('message', LONG);
  // The archive is filled afterwards, and in far less time than beside all this.
  await Promise.all(stack.workers.map((worker) => worker.kill('SIGKILL')));
  const seeding = timed();
  await seed(alice, channel, said);
  console.log(`C19: ${LONG} messages sent in ${seeding()}`);
  const archiving = timed();
  await Promise.all(stack.workers.map((worker) => worker.start()));
  await archivedUpTo(alice, channel, LONG + 1);
  console.log(`C19: archived in ${archiving()}`);

  const device = await people.device('Alice', 1);
  const opening = timed();
  await opened(device, channel);
  console.log(`C19: the newest page is there after ${opening()}`);
  const paging = timed();
  let pages = 1;
  for (; !device.timeline(channel).atStart; pages += 1) await opened(device, channel);
  console.log(`C19: ${pages} pages to the very beginning in ${paging()}`);

  const { first, complete, head } = device.timeline(channel);
  expect([first, complete, head]).toEqual([1, LONG + 1, LONG + 1]);
  expect(shown(device, channel)).toEqual(said.map((text, n) => `#${n + 2} ${text}`));
});

/** @returns what says how long ago this was. */
function timed(): () => string {
  const began = performance.now();
  return () => `${(performance.now() - began).toFixed(0)} ms`;
}
