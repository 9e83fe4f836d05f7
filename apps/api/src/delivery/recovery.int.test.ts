import { newId, PROTOCOL_VERSION, type CommandId, type ConversationId, type UserId } from '@parley/events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { nodePair, type NodePair } from './testing/node-pair.ts';
import type { TestClient } from './testing/test-client.ts';
import { person, revoke, tokenOf } from './testing/test-node.ts';

const pair: NodePair = nodePair();
const { connect } = pair;
let redis: Redis;

beforeAll(() => {
  redis = new Redis(pair.backends.redis.url);
});
afterAll(() => {
  redis.disconnect();
});

/** Drops the client's connection and waits until the server has noticed. */
async function drop(client: TestClient): Promise<void> {
  const id = client.socket.id ?? '';
  client.drop();
  const known = (): boolean => [pair.one, pair.two].some((node) => node.sockets.io.of('/').sockets.has(id));
  await eventually(() => !known(), 'the server saw the drop');
}

/** Connects again with the same socket, as a client that asks for a recovery does. */
async function reconnect(client: TestClient): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.socket.once('connect', resolve);
    client.socket.once('connect_error', reject);
    client.socket.connect();
  });
}

function removal(conversationId: ConversationId, userId: UserId) {
  return { type: 'member.remove', commandId: newId<CommandId>(), conversationId, userId } as const;
}

test('a short drop is recovered: what was missed comes without being asked for', async () => {
  const alice = await connect(pair.one);
  const bob = await connect(pair.two);
  const { conversationId } = await alice.createGroup([bob.actor]);
  await bob.holds(conversationId, 1);
  await drop(bob);
  await alice.send(conversationId, 'While you were away.');
  await reconnect(bob);
  expect(bob.socket.recovered).toBe(true);
  await bob.holds(conversationId, 2);
  await bob.catchUp();
  await alice.send(conversationId, 'And now live.');
  await bob.holds(conversationId, 3);
});

test('G5 trap 2: the tail blips, the client drops, and it holds every seq although recovered', async () => {
  const alice = await connect(pair.one);
  const bob = await connect(pair.two);
  const { conversationId } = await alice.createGroup([bob.actor]);
  await bob.holds(conversationId, 1);
  for (let round = 1; round <= 5; round += 1) {
    const tails = ((await redis.client('LIST')) as string).split('\n').filter((line) => line.includes('cmd=xread'));
    const sent = Array.from({ length: 10 }, (_, n) => alice.send(conversationId, `Blip ${round}.${n}`));
    for (const tail of tails) await redis.client('KILL', 'ID', /id=(\d+)/.exec(tail)?.[1] ?? '');
    await drop(bob);
    await Promise.all(sent);
    await reconnect(bob);
    await bob.catchUp();
    await bob.holds(conversationId, 1 + round * 10);
  }
  expect(bob.texts(conversationId)).toHaveLength(50);
});

test('G10 trap 5: who is removed while away gets nothing from after the removal, also not as a missed packet', async () => {
  const alice = await connect(pair.one);
  const eve = await connect(pair.two);
  const { conversationId } = await alice.createGroup([eve.actor]);
  await eve.holds(conversationId, 1);
  await drop(eve);
  await alice.send(conversationId, 'Eve may see this.');
  const removed = await alice.done(removal(conversationId, eve.actor.userId));
  await alice.send(conversationId, 'Eve may not see this.');
  await reconnect(eve);
  expect(eve.socket.recovered).toBe(false);
  const pages = await eve.catchUp();
  expect(pages.flatMap(({ gone }) => gone)).toEqual([conversationId]);
  await alice.send(conversationId, 'Nor this.');
  await alice.holds(conversationId, 5);
  const seen = [
    ...eve.frames.flatMap(({ events }) => events),
    ...pages.flatMap(({ conversations }) => conversations.flatMap(({ events }) => events)),
  ];
  expect(Math.max(...seen.map(({ seq }) => seq))).toBe(removed.seq);
});

test('G10 trap 6: a session that ended while away is not recovered, and nothing is sent before the refusal', async () => {
  const alice = await connect(pair.one);
  const eve = await connect(pair.two);
  const { conversationId } = await alice.createGroup([eve.actor]);
  await eve.holds(conversationId, 1);
  const frames = eve.frames.length;
  await drop(eve);
  await alice.send(conversationId, 'A secret.');
  revoke(eve.actor);
  // The token still verifies, as on a node that has not asked MongoDB again: what it knows of revocations decides.
  await expect(reconnect(eve)).rejects.toMatchObject({ data: { kind: 'unauthenticated' } });
  expect(eve.frames).toHaveLength(frames);
});

test('trap 6: an expired token is refused as well', async () => {
  const client = pair.client(pair.one, person(), {
    auth: { token: tokenOf(person(), Date.now() - 3_600_000), protocol: PROTOCOL_VERSION },
  });
  await expect(client.ready()).rejects.toMatchObject({ data: { kind: 'unauthenticated' } });
});

test('a recovery id in another person’s hands gives nothing', async () => {
  const alice = await connect(pair.one);
  const bob = await connect(pair.two);
  const { conversationId } = await alice.createGroup([bob.actor]);
  await bob.holds(conversationId, 1);
  const frames = bob.frames.length;
  await drop(bob);
  await alice.send(conversationId, 'For Bob.');
  bob.socket.auth = { token: tokenOf(person()), protocol: PROTOCOL_VERSION };
  await expect(reconnect(bob)).rejects.toMatchObject({ data: { kind: 'unauthenticated' } });
  expect(bob.frames).toHaveLength(frames);
});

test('trap 7: typing while a client is away does not come back', async () => {
  const alice = await connect(pair.one);
  const bob = await connect(pair.two);
  const { conversationId } = await alice.createGroup([bob.actor]);
  await Promise.all([alice.holds(conversationId, 1), bob.holds(conversationId, 1)]);
  await drop(bob);
  await alice.must('typing', { conversationId, typing: true });
  await alice.send(conversationId, 'Done typing.');
  await reconnect(bob);
  expect(bob.socket.recovered).toBe(true);
  await bob.catchUp();
  await bob.holds(conversationId, 2);
  expect(bob.pushes.filter(({ name }) => name === 'typing')).toEqual([]);
});

test('G5 trap 9: when the stream no longer has what was missed, sync brings it', async () => {
  const alice = await connect(pair.one);
  const bob = await connect(pair.two);
  const { conversationId } = await alice.createGroup([bob.actor]);
  await bob.holds(conversationId, 1);
  await drop(bob);
  for (let round = 0; round < 6; round += 1) {
    await Promise.all(Array.from({ length: 200 }, (_, n) => alice.send(conversationId, `${round}.${n}`)));
  }
  await redis.xtrim('socket.io', 'MAXLEN', 0);
  await reconnect(bob);
  expect(bob.socket.recovered).toBe(false);
  const pages = await bob.catchUp();
  await bob.holds(conversationId, 1_201);
  expect(pages.length).toBeGreaterThan(2);
  expect(pages.every(({ conversations }) => conversations.flatMap(({ events }) => events).length <= 500)).toBe(true);
});

test.each([true, false])(
  'G5 trap 3: clients that flap under load hold everything once (recovery %s)',
  async (resume) => {
    const alice = await connect(pair.one);
    const bobs = await Promise.all(Array.from({ length: 8 }, (_, n) => connect(n % 2 === 0 ? pair.one : pair.two)));
    const { conversationId } = await alice.createGroup(bobs.map(({ actor }) => actor));
    await Promise.all(bobs.map((bob) => bob.holds(conversationId, 1)));
    let sending = true;
    const flap = async (bob: TestClient): Promise<void> => {
      while (sending) {
        await drop(bob);
        if (!resume) bob.socket.disconnect();
        await reconnect(bob);
        await bob.catchUp();
      }
    };
    const send = async (): Promise<void> => {
      for (let round = 0; round < 40; round += 1) {
        await Promise.all(Array.from({ length: 20 }, (_, n) => alice.send(conversationId, `${round}.${n}`)));
      }
    };
    const sent = send().finally(() => (sending = false));
    await Promise.all([sent, ...bobs.map(flap)]);
    await Promise.all(bobs.map((bob) => bob.holds(conversationId, 801)));
    for (const bob of bobs) expect(bob.texts(conversationId)).toEqual(alice.texts(conversationId));
  },
);
