import type { ChatClient } from '@parley/client';
import { unlimited } from '@parley/stack';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { collectedBytes, INSPECTED } from './stack/collected-bytes.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { RawListener } from './stack/raw-listener.ts';
import { countClients, settledClients } from './stack/redis-clients.ts';

const CYCLES = 10_000;
/** Until then a node grows for good reasons: code is compiled, pools and caches fill. */
const WARM_UP = 1_000;
const AT_ONCE = 20;
const LOOKS = 5;
/** A node that keeps one Socket.IO socket of each cycle grows by 13 kB for it; one that keeps none, by some hundred bytes. */
const MOST_BYTES = 2_048;

const parley = parleyForFile({ env: unlimited, ...INSPECTED });
let alice: ChatClient;
let redis: Redis;

beforeAll(async () => {
  alice = await parley.people.setUp('Alice', 0);
  redis = new Redis(parley.stack.redis.url);
});
afterAll(() => redis.disconnect());

it(`C14: ${CYCLES} times a socket comes and goes: no memory, no key, no lease and no Redis client is left over`, async () => {
  const token = alice.session.accessToken;
  /** Every other one is gone without a word. */
  const cycle = async (n: number): Promise<void> => {
    const listener = await RawListener.open(parley.stack.apis[0]?.url ?? '', token);
    if (n % 2 === 0) listener.close();
    else listener.cut();
  };
  const cycles = async (count: number): Promise<void> => {
    let next = 0;
    const turn = async (): Promise<void> => {
      while (next < count) await cycle(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, turn));
  };
  await cycles(WARM_UP);
  const [keys, clients] = [await keyNames(), await settledClients(parley.stack.redis.url)];

  const node = parley.stack.apis[0]?.process;
  const held = [await collectedBytes(node)];
  const began = performance.now();
  for (let look = 0; look < LOOKS; look += 1) {
    await cycles(CYCLES / LOOKS);
    held.push(await collectedBytes(node));
  }
  expect(await leases()).toBeGreaterThan(1);
  const perCycle = ((held.at(-1) ?? NaN) - (held[0] ?? NaN)) / CYCLES;
  console.log(`C14: ${CYCLES} cycles in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  console.log(`C14: the node holds, in MiB: ${held.map((bytes) => (bytes / 1_024 ** 2).toFixed(1)).join(' ')}`);
  console.log(`C14: ${perCycle.toFixed(0)} bytes more for each cycle`);
  expect(perCycle).toBeLessThan(MOST_BYTES);

  await eventually('only the lease of the client itself', async () => (await leases()) === 1);
  await eventually('no key more', async () => [...(await keyNames())].every((key) => keys.has(key)));
  await eventually('no client more', async () => (await countClients(parley.stack.redis.url)) <= clients);
  expect(alice.online.size).toBe(1);
});

async function leases(): Promise<number> {
  return redis.zcard('parley:online');
}

/**
 * All keys but the jobs', which come and go with every sweep of the workers, and those that end by themselves: the
 * sessions of sockets that were cut.
 */
async function keyNames(): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const page of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) {
    const lives = await Promise.all(page.map((key) => redis.pttl(key)));
    for (const [at, key] of page.entries()) if (!key.startsWith('bull:') && lives[at] === -1) names.add(key);
  }
  return names;
}
