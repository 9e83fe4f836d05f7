import { expect, it } from 'vitest';

import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, shown } from './stack/people.ts';

const parley = parleyForFile();

it('A8, E1: where sockets are blocked, HTTP sends and catches up', async () => {
  const { people } = parley;
  const alice = await people.setUp('Alice', 0, { transport: 'http' });
  const bob = await people.join('Bob', 1, { transport: 'http' });
  const channel = await alice.createChannel('by http', 'private', [bob.session.user.userId]);
  await Promise.all([opened(alice, channel), opened(bob, channel)]);
  for (let n = 1; n <= 30; n += 1) await say(n % 2 === 0 ? alice : bob, channel, `message ${n}`);
  await Promise.all([holds(alice, channel, 30), holds(bob, channel, 30)]);
  expect(shown(alice, channel)).toEqual(shown(bob, channel));
});
