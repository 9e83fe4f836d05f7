import { newId, uuidBytes, type ConversationId, type UserId } from '@parley/events';
import { ephemeralRedis, type ServerHandle } from '@parley/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { GRACE_MS, LEASE_MS } from './leases.ts';
import { Presence, type PresenceChange } from './presence.ts';
import { comeOnline } from './testing/come-online.ts';

let server: ServerHandle;
let redis: Redis;
beforeAll(async () => {
  server = await ephemeralRedis();
  redis = new Redis(server.url);
});
// What others left behind runs out in the middle of a test.
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

interface Node {
  readonly presence: Presence;
  readonly told: PresenceChange[];
  /** How often it told something. */
  readonly times: () => number;
}

const directory = newId<ConversationId>();

function startNode(): Node {
  const told: PresenceChange[] = [];
  let times = 0;
  const push = (changes: readonly PresenceChange[]): boolean => {
    told.push(...changes);
    times += 1;
    return true;
  };
  const presence = new Presence({ redis, directory: () => Promise.resolve(directory), push });
  onTestFinished(() => presence.close());
  return { presence, told, times: () => times };
}

/** Lets people hear a conversation, as the log's scripts write it. */
async function put(conversationId: ConversationId, ...users: readonly UserId[]): Promise<void> {
  const id = Buffer.from(uuidBytes(conversationId));
  await Promise.all(
    users.map((userId) => redis.multi().sadd(`fanout:user:${userId}`, id).incr(versionKey(userId)).exec()),
  );
}

/** The same the other way round. */
async function takeOut(conversationId: ConversationId, userId: UserId): Promise<void> {
  const id = Buffer.from(uuidBytes(conversationId));
  await redis.multi().srem(`fanout:user:${userId}`, id).incr(versionKey(userId)).exec();
}

const versionKey = (userId: UserId): string => `fanout:version:${userId}`;
const people = (count: number): UserId[] => Array.from({ length: count }, () => newId<UserId>());

test('A3: every node gives the same answer, and tells its sockets who came and went', async () => {
  const [alice, bob] = [newId<UserId>(), newId<UserId>()];
  const [one, two] = [startNode(), startNode()];
  await put(newId<ConversationId>(), alice, bob);
  one.presence.connected(alice, 's1');
  await eventually('Alice is online everywhere', async () => {
    const answers = await Promise.all([one.presence.online(bob), two.presence.online(bob)]);
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
  expect(await presence.online(alice)).toContain(alice);
  await endNow(`${alice}:phone`);
  await endNow(`${alice}:laptop`);
  expect(await presence.online(alice)).not.toContain(alice);
});

test('E29: the people of a node that crashed are gone when their leases end, within 30 s', async () => {
  const [alice, bob] = [newId<UserId>(), newId<UserId>()];
  const crashed = startNode().presence;
  await put(newId<ConversationId>(), alice, bob);
  crashed.connected(bob, 'lost');
  await eventually('Bob is online', async () => (await crashed.online(alice)).includes(bob));
  expect(await leaseEnd(`${bob}:lost`)).toBeLessThanOrEqual(LEASE_MS);
  expect(LEASE_MS).toBeLessThanOrEqual(30_000);
  const { presence, told } = startNode();
  await eventually('the other node has looked', async () => (await presence.online(alice)).includes(bob));
  presence.connected(alice, 'here');
  await eventually('the other node has told something', () => told.length > 0);
  await endNow(`${bob}:lost`);
  await eventually('Bob went', () => told.some(({ userId, online }) => userId === bob && !online));
});

test('C15: who is online is told only to whom they share a conversation with; the directory is none', async () => {
  const [alice, bob, eve] = [newId<UserId>(), newId<UserId>(), newId<UserId>()];
  await put(newId<ConversationId>(), alice, bob);
  await put(newId<ConversationId>(), eve);
  await put(directory, alice, bob, eve);
  await comeOnline(redis, [alice, bob, eve]);
  const { presence } = startNode();
  expect(await presence.online(alice)).toEqual([alice, bob].sort());
  expect(await presence.online(eve)).toEqual([eve]);
});

test('C15: 2,000 people who come at once are told in looks of at most 250, not each by themselves', async () => {
  const { presence, told, times } = startNode();
  expect(await presence.online(newId<UserId>())).toEqual([]);
  const many = people(200);
  await comeOnline(redis, many);
  await eventually('it has told', () => told.length > 0);
  expect([times(), new Set(told.map(({ userId }) => userId))]).toEqual([1, new Set(many)]);
  const more = people(1_800);
  await comeOnline(redis, more);
  await eventually('it has told of the others', () => told.length === 2_000);
  // Eight looks, and perhaps one that found a part of them only.
  expect(times()).toBeGreaterThanOrEqual(9);
  expect(times()).toBeLessThanOrEqual(10);
});

test('C15: who comes into a conversation is shown to those in it, and gone for those whom they leave behind', async () => {
  const [room, other] = [newId<ConversationId>(), newId<ConversationId>()];
  const [alice, bob] = [newId<UserId>(), newId<UserId>()];
  await put(room, alice);
  await put(other, bob);
  await comeOnline(redis, [alice, bob]);
  const { presence, told } = startNode();
  expect(await presence.online(alice)).toEqual([alice]);
  await put(room, bob);
  await eventually('Bob is shown in the room', () => told.length > 0);
  expect(told).toEqual([{ userId: bob, online: true, conversations: [room] }]);
  expect(await presence.online(alice)).toEqual([alice, bob].sort());
  await takeOut(room, bob);
  await eventually('Bob is gone from the room', () => told.some(({ online }) => !online));
  expect(told.at(-1)).toEqual({ userId: bob, online: false, conversations: [room], unless: new Set([other]) });
  expect(await presence.online(alice)).toEqual([alice]);
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
