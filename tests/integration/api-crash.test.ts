import type { TcpProxy } from '@parley/battery/tcp-proxy';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { archivedUpTo } from './stack/acked.ts';
import { balance } from './stack/balancer.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, People, say, shown, texts } from './stack/people.ts';

const parley = parleyForFile();
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

it('G1, G2, A2, trap 4, trap 14: kill -9 of the api mid-burst loses, doubles and reorders nothing', async () => {
  const { alice, bob, channel } = await people.aliceAndBobIn('burst');

  const total = 400;
  for (let n = 1; n <= total; n += 1) {
    await say(alice, channel, `message ${n}`);
    if (n === 100) await parley.stack.apis[0]?.process.kill('SIGKILL');
    if (n === 200) await parley.stack.apis[0]?.process.start();
    if (n === 300) await parley.stack.apis[1]?.process.kill('SIGKILL');
  }
  await Promise.all([holds(alice, channel, total), holds(bob, channel, total)]);

  expect(texts(bob, channel)).toEqual(Array.from({ length: total }, (_, n) => `message ${n + 1}`));
  expect(shown(alice, channel)).toEqual(shown(bob, channel));
  await archivedUpTo(alice, channel, total + 1);
});
