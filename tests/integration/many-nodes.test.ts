import type { ChatClient } from '@parley/client';
import { expect, it } from 'vitest';

import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, shown } from './stack/people.ts';
import { numbered } from './stack/seeding.ts';

const MEMBERS = 50;
/** They are there while there is one node only. */
const EARLY = 25;
const EACH = 20;

const parley = parleyForFile({ apis: 1 });

it(`A1, A18, D1, D9, trap 1: ${MEMBERS} people on one node, and then on four while they talk, hold one order`, async () => {
  const { stack, people } = parley;
  const alice = await people.setUp('Alice', 0);
  const members = [alice];
  const comeUpTo = async (count: number): Promise<ChatClient[]> => {
    const from = members.length;
    for (let n = from; n < count; n += 1) members.push(await people.join(`Guest${n}`, n % stack.apis.length));
    return members.slice(from);
  };
  /** All of them say the same at once. */
  const round = async (name: string): Promise<void> => {
    for (const text of numbered(name, EACH)) await Promise.all(members.map((client) => say(client, group, text)));
  };
  const first = await comeUpTo(EARLY);
  const group = await alice.createGroup(
    'everyone',
    first.map((client) => client.session.user.userId),
  );
  await Promise.all(members.map((client) => opened(client, group)));
  const underTraffic = round('before');
  await Promise.all([stack.addApi(), stack.addApi(), stack.addApi()]);
  await underTraffic;
  const before = EARLY * EACH;
  for (const client of members) await holds(client, group, before);

  const second = await comeUpTo(MEMBERS);
  for (const client of second) await alice.addMember(group, client.session.user.userId);
  await Promise.all(second.map((client) => opened(client, group)));
  const began = performance.now();
  await round('after');
  const after = MEMBERS * EACH;
  for (const client of [alice, ...first]) await holds(client, group, before + after);
  for (const client of second) await holds(client, group, after);
  console.log(`D9: ${MEMBERS} hold ${after} messages of them all after ${(performance.now() - began).toFixed(0)} ms`);

  const order = shown(alice, group);
  for (const client of first) expect(shown(client, group)).toEqual(order);
  for (const client of second) expect(shown(client, group)).toEqual(order.slice(before));
  expect(new Set(order).size).toBe(before + after);
});
