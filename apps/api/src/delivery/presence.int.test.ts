import { newId, PROTOCOL_VERSION, type CommandId, type PresenceChanges, type UserId } from '@parley/events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Presence } from '../presence/presence.ts';
import { comeOnline } from '../presence/testing/come-online.ts';
import { eventually } from './testing/eventually.ts';
import { nodePair } from './testing/node-pair.ts';
import type { TestClient } from './testing/test-client.ts';
import { person, startNode, tokenOf } from './testing/test-node.ts';

const pair = nodePair();
const { connect } = pair;
let redis: Redis;

beforeAll(() => {
  redis = new Redis(pair.backends.redis.url);
});
afterAll(() => redis.disconnect());

/** Lets a node tell who is online. @returns how many looks told something, and how many could not. */
async function tell(node = pair.one): Promise<{ told: number; refused: number }> {
  const looks = { told: 0, refused: 0 };
  const presence = new Presence({
    redis,
    directory: () => Promise.resolve(undefined),
    push: (changes) => {
      const told = node.sockets.pushPresence(changes);
      looks[told ? 'told' : 'refused'] += 1;
      return told;
    },
  });
  onTestFinished(() => presence.close());
  await presence.online(newId<UserId>());
  return looks;
}

const idsOf = (people: readonly { userId: UserId }[]) => people.map(({ userId }) => userId);

/** @returns the frames of this name that a client gets from now on. */
function framesOf<T>({ socket }: TestClient, name: string): T[] {
  const frames: T[] = [];
  socket.on(name, (frame: T) => frames.push(frame));
  return frames;
}

test('C15: 200 who come at once are one frame for a socket that shares a conversation, and none for another', async () => {
  const alice = await connect(pair.one);
  const eve = await connect(pair.one);
  const many = Array.from({ length: 200 }, person);
  // Each of them twice, so that a frame for each conversation would be seen.
  for (const half of [many.slice(0, 100), many.slice(100), many.slice(50, 150)]) await alice.createGroup(half);
  const [heard, overheard] = [alice, eve].map((client) => framesOf<PresenceChanges>(client, 'presences'));
  const looks = await tell();
  await comeOnline(redis, idsOf(many));
  await eventually(() => heard?.length !== 0, 'Alice hears of them');
  expect(new Set(heard?.[0]?.online)).toEqual(new Set(idsOf(many)));
  expect([heard?.length, heard?.[0]?.offline, looks.told]).toEqual([1, [], 1]);
  // Whatever had been sent to Eve before would be there before this.
  const carol = person();
  await eve.createGroup([carol]);
  await comeOnline(redis, [carol.userId]);
  await eventually(() => overheard?.length !== 0, 'Eve hears of Carol');
  expect(overheard).toEqual([{ online: [carol.userId], offline: [] }]);
  expect(heard).toHaveLength(1);
});

test('C15: whom one meets in one conversation more or less is told as such', async () => {
  const alice = await connect(pair.one);
  const bob = await connect(pair.one);
  const heard = framesOf<PresenceChanges>(alice, 'presences');
  await bob.createGroup([person()]);
  await comeOnline(redis, [bob.actor.userId]);
  await tell();
  const { userId } = bob.actor;
  const [one, two] = [await alice.createGroup([bob.actor]), await alice.createGroup([bob.actor])];
  await eventually(() => heard.length > 0, 'Alice hears of Bob');
  expect(heard.at(-1)).toEqual({ online: [userId], offline: [] });
  const remove = ({ conversationId }: typeof one) =>
    alice.done({ type: 'member.remove', commandId: newId<CommandId>(), conversationId, userId });
  await remove(one);
  await remove(two);
  await eventually(() => heard.some(({ offline }) => offline.includes(userId)), 'Bob is gone for Alice');
  expect(heard.at(-1)).toEqual({ online: [], offline: [userId] });
});

test('C15: what changes while sockets are out of their rooms is told when they are in them again', async () => {
  let reading = Promise.resolve();
  const node = await startNode(pair.backends, { reload: () => reading });
  onTestFinished(() => node[Symbol.asyncDispose]());
  await eventually(node.ready, 'the third node is ready');
  const alice = await connect(node);
  const bob = person();
  await alice.createGroup([bob]);
  const heard = framesOf<PresenceChanges>(alice, 'presences');
  const looks = await tell(node);
  const revocations = Promise.withResolvers<undefined>();
  reading = revocations.promise.then();
  // The next entry of the fan-out shows a hole.
  await redis.incr('fanout:n');
  await eventually(() => node.sockets.reasons().length > 0, 'the node has found the hole');
  await comeOnline(redis, [bob.userId]);
  await eventually(() => looks.refused > 0, 'it has looked meanwhile');
  revocations.resolve(undefined);
  await eventually(() => heard.length > 0, 'Alice hears of Bob');
  expect(heard).toEqual([{ online: [bob.userId], offline: [] }]);
});

test('G15: a client of version 2 hears the same, one frame for each person', async () => {
  const auth = (actor: ReturnType<typeof person>, protocol: number) => ({ auth: { token: tokenOf(actor), protocol } });
  const [alice, bob] = [person(), person()];
  const old = await connect(pair.one, alice, auth(alice, 2));
  const present = await connect(pair.one, alice, auth(alice, PROTOCOL_VERSION));
  const [singly, lists] = [framesOf(old, 'presence'), framesOf(present, 'presences')];
  const [none, neither] = [framesOf(old, 'presences'), framesOf(present, 'presence')];
  await old.createGroup([bob]);
  await tell();
  await comeOnline(redis, [bob.userId]);
  await eventually(() => singly.length > 0 && lists.length > 0, 'both devices hear of Bob');
  expect(singly).toEqual([{ userId: bob.userId, online: true }]);
  expect(lists).toEqual([{ online: [bob.userId], offline: [] }]);
  expect([...none, ...neither]).toEqual([]);
});
