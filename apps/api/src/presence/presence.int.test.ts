import { newId, type PresenceSignal, type UserId } from '@parley/events';
import { ephemeralRedis, type ServerHandle } from '@parley/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { GRACE_MS, LEASE_MS } from './leases.ts';
import { Presence } from './presence.ts';

let server: ServerHandle;
let redis: Redis;
beforeAll(async () => {
  server = await ephemeralRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

interface Node {
  readonly presence: Presence;
  readonly told: PresenceSignal[];
}

function startNode(): Node {
  const told: PresenceSignal[] = [];
  const presence = new Presence({ redis, push: (signal) => told.push(signal) });
  onTestFinished(() => presence.close());
  return { presence, told };
}

test('A3: every node gives the same answer, and tells its sockets who came and went', async () => {
  const [alice, bob] = [newId<UserId>(), newId<UserId>()];
  const [one, two] = [startNode(), startNode()];
  one.presence.connected(alice, 's1');
  await eventually('Alice is online everywhere', async () => {
    const answers = await Promise.all([one.presence.online(), two.presence.online()]);
    return answers.every((answer) => answer.includes(alice) && answer.join() === answers[0].join());
  });
  one.presence.connected(bob, 's2');
  await eventually('both nodes tell of Bob', () =>
    [one, two].every(({ told }) => told.some(({ userId, online }) => userId === bob && online)),
  );
});

test('C16: somebody with two devices is online until the last one is gone, and a little longer', async () => {
  const alice = newId<UserId>();
  const { presence } = startNode();
  presence.connected(alice, 'phone');
  presence.connected(alice, 'laptop');
  presence.disconnected(alice, 'phone');
  await eventually('the phone has only its time of grace left', async () => {
    const phone = await leaseEnd(`${alice}:phone`);
    return phone !== undefined && phone <= GRACE_MS;
  });
  expect(await leaseEnd(`${alice}:laptop`)).toBeGreaterThan(GRACE_MS);
  presence.disconnected(alice, 'laptop');
  await eventually('the laptop has only its time of grace left', async () => {
    const laptop = await leaseEnd(`${alice}:laptop`);
    return laptop !== undefined && laptop <= GRACE_MS;
  });
  expect(await presence.online()).toContain(alice);
  await endNow(`${alice}:phone`);
  await endNow(`${alice}:laptop`);
  expect(await presence.online()).not.toContain(alice);
});

test('E29: the people of a node that crashed are gone when their leases end, within 30 s', async () => {
  const [alice, bob] = [newId<UserId>(), newId<UserId>()];
  const crashed = new Presence({ redis, push: () => undefined });
  crashed.connected(bob, 'lost');
  await eventually('Bob is online', async () => (await crashed.online()).includes(bob));
  expect(await leaseEnd(`${bob}:lost`)).toBeLessThanOrEqual(LEASE_MS);
  expect(LEASE_MS).toBeLessThanOrEqual(30_000);
  onTestFinished(() => crashed.close());
  const { presence, told } = startNode();
  await eventually('the other node has looked', async () => (await presence.online()).includes(bob));
  presence.connected(alice, 'here');
  await eventually('the other node has told something', () => told.length > 0);
  await endNow(`${bob}:lost`);
  await eventually('Bob went', () => told.some(({ userId, online }) => userId === bob && !online));
});

/** @returns in how many milliseconds a lease ends. */
async function leaseEnd(lease: string): Promise<number | undefined> {
  const [ends, [seconds, micros]] = await Promise.all([redis.zscore('parley:online', lease), redis.time()]);
  return ends === null ? undefined : Number(ends) - (Number(seconds) * 1_000 + Number(micros) / 1_000);
}

/** Lets the time of a lease be over. */
async function endNow(lease: string): Promise<void> {
  await redis.zadd('parley:online', 'XX', 1, lease);
}
