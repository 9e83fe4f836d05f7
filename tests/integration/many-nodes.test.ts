import type { ChatClient } from '@parley/client';
import { expect, it } from 'vitest';

import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, shown } from './stack/people.ts';

const parley = parleyForFile();

it('A1, A18, D1, D9, trap 1: twelve people on four nodes, two of them added under traffic, hold one order', async () => {
  const { stack, people } = parley;
  const alice = await people.setUp('Alice', 0);
  const first: ChatClient[] = [];
  for (let n = 0; n < 5; n += 1) first.push(await people.join(`Guest${n}`, n % 2));
  const group = await alice.createGroup(
    'everyone',
    first.map((client) => client.session.user.userId),
  );
  await Promise.all([alice, ...first].map((client) => opened(client, group)));
  const round = async (clients: readonly ChatClient[], name: string): Promise<void> => {
    for (let n = 0; n < 20; n += 1) await Promise.all(clients.map((client) => say(client, group, `${name} ${n}`)));
  };
  const underTraffic = round([alice, ...first], 'before');
  await Promise.all([stack.addApi(), stack.addApi()]);
  await underTraffic;
  const second: ChatClient[] = [];
  for (let n = 5; n < 11; n += 1) second.push(await people.join(`Guest${n}`, n % 4));
  for (const client of second) await alice.addMember(group, client.session.user.userId);
  await Promise.all(second.map((client) => opened(client, group)));
  await round(second, 'after');
  const [before, after] = [120, 120];
  await Promise.all([alice, ...first].map((client) => holds(client, group, before + after)));
  await Promise.all(second.map((client) => holds(client, group, after)));
  for (const client of first) expect(shown(client, group)).toEqual(shown(alice, group));
  for (const client of second) expect(shown(client, group)).toEqual(shown(alice, group).slice(before));
});
