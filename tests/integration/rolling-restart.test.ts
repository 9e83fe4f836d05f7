import type { TcpProxy } from '@parley/battery/tcp-proxy';
import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { unlimited } from '@parley/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { balance } from './stack/balancer.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, People, say, shown, texts } from './stack/people.ts';
import { numbered } from './stack/seeding.ts';

const NODES = 3;
/** Devices that only listen, so that every node has some when its turn comes. */
const LISTENERS = 4;
/** So many messages of one person are on their way at any time. */
const AT_ONCE = 4;

const parley = parleyForFile({ apis: NODES, env: unlimited });
let balancer: TcpProxy;
let people: People;

beforeAll(async () => {
  balancer = await balance(parley.stack);
  people = new People(parley.stack, `http://127.0.0.1:${balancer.port}`);
});
afterAll(async () => {
  await people.close();
  await balancer.close();
});

it(`C2, G1, G2: all ${NODES} nodes restart in turn under load: each ends with 0, and nothing is lost, doubled or reordered`, async () => {
  const { alice, bob, channel } = await people.aliceAndBobIn('rolling');
  const listeners: ChatClient[] = [];
  for (let n = 0; n < LISTENERS; n += 1) listeners.push(await people.device('Bob'));
  await Promise.all(listeners.map((client) => opened(client, channel)));

  let isOver = false;
  const sending = [alice, bob].map((client) => sendUntil(client, channel, () => isOver));
  const codes: (number | null)[] = [];
  try {
    for (const [n, { process }] of parley.stack.apis.entries()) {
      const began = performance.now();
      codes.push(await process.kill('SIGTERM'));
      console.log(`C2: node ${n} ended after ${(performance.now() - began).toFixed(0)} ms`);
      await goesOn(`without node ${n}`);
      await process.start();
      await goesOn(`with node ${n} again`);
    }
  } finally {
    isOver = true;
  }
  const counts = await Promise.all(sending);
  console.log(`C2: ${counts.join(' and ')} messages meanwhile`);

  const total = counts.reduce((sum, count) => sum + count);
  for (const client of [alice, bob, ...listeners]) await holds(client, channel, total);
  for (const client of [bob, ...listeners]) expect(shown(client, channel)).toEqual(shown(alice, channel));
  for (const [at, name] of ['Alice', 'Bob'].entries())
    expect(texts(bob, channel).filter((text) => text.startsWith(name))).toEqual(numbered(name, counts[at] ?? 0));
  expect(codes).toEqual(parley.stack.apis.map(() => 0));

  /** Resolves when both have heard the other say something new. */
  async function goesOn(how: string): Promise<void> {
    const heard = (client: ChatClient, name: string): number =>
      texts(client, channel).filter((text) => text.startsWith(name)).length;
    const [byBob, byAlice] = [heard(bob, 'Alice'), heard(alice, 'Bob')];
    await eventually(`it goes on ${how}`, () => heard(bob, 'Alice') > byBob && heard(alice, 'Bob') > byAlice);
  }
});

/** Says one thing after the other, a few at a time. @returns how many. */
async function sendUntil(client: ChatClient, channel: ConversationId, isOver: () => boolean): Promise<number> {
  let count = 0;
  while (!isOver()) {
    count += 1;
    await say(client, channel, `${client.session.user.name} ${count}`);
    await eventually('a few are on their way', () => client.waiting < AT_ONCE);
  }
  return count;
}
