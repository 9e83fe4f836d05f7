import { createChatClient, MemoryOutboxStore, signIn, type ChatClient } from '@parley/client';
import type { ConversationId, Session } from '@parley/events';
import { startStack, type Stack } from '@parley/stack';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { holds, opened, PASSWORD, People, say, shown, texts } from './stack/people.ts';
import { withShortToken } from './stack/short-token.ts';

let stack: Stack;
let people: People;
let alice: ChatClient;
let bob: ChatClient;
let channel: ConversationId;
const clients: ChatClient[] = [];

beforeAll(async () => {
  stack = await startStack();
  people = new People(stack);
  [alice, bob] = [await people.setUp('Alice'), await people.join('Bob')];
});
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));
afterAll(async () => {
  await people.close();
  await stack.close();
});

const signedIn = (): Promise<Session> => signIn(people.address(), { username: 'bob', password: PASSWORD });

async function device(session: Session, store = new MemoryOutboxStore(), heard: Session[] = []): Promise<ChatClient> {
  const onSession = (renewed: Session): void => void heard.push(renewed);
  const client = await createChatClient({ server: people.address(), session, store, onSession });
  clients.push(client);
  return client;
}

async function freshChannel(name: string): Promise<void> {
  channel = await alice.createChannel(name, 'private', [bob.session.user.userId]);
  await opened(alice, channel);
}

it('a token that ends in mid-session is renewed: the socket is ended and comes back, and no message is lost or doubled', async () => {
  await freshChannel('renewal');
  const heard: Session[] = [];
  const laptop = await device(withShortToken(stack, await signedIn(), 30), undefined, heard);
  await eventually('online with the short token', () => laptop.connection.state === 'online');
  expect(heard).toEqual([]);
  const states: string[] = [];
  laptop.on('connection', () => states.push(laptop.connection.state));
  await opened(laptop, channel);

  let count = 0;
  const isBack = (): boolean => states.includes('waiting') && laptop.connection.state === 'online';
  await eventually(
    'the token ended and the laptop is back with another',
    async () => {
      // Some are on their way whenever the socket ends, and never more than the server takes.
      if (laptop.waiting < 5) await say(laptop, channel, `message ${(count += 1)}`);
      return isBack();
    },
    120_000,
  );
  await Promise.all([holds(laptop, channel, count), holds(alice, channel, count)]);
  expect(texts(alice, channel)).toEqual(Array.from({ length: count }, (_, n) => `message ${n + 1}`));
  expect(heard).toHaveLength(1);
  expect(states).not.toContain('signed-out');
});

it('an HTTP call whose token the server finds too old is made again with a new one', async () => {
  const heard: Session[] = [];
  const laptop = await device(withShortToken(stack, await signedIn(), -1), undefined, heard);
  const { conversations } = await laptop.call('conversations', {});
  expect(conversations.length).toBeGreaterThan(0);
  await eventually('its socket opened with the new one', () => laptop.connection.state === 'online');
  expect(heard).toHaveLength(1);
});

it('trap 6: a session that ended elsewhere signs the client out; what waited in its outbox is kept and goes out after the next sign-in, once', async () => {
  await freshChannel('ended elsewhere');
  const store = new MemoryOutboxStore();
  const session = await signedIn();
  const laptop = await device(session, store);
  await opened(laptop, channel);
  const told: string[] = [];
  laptop.on('connection', () => told.push(laptop.connection.state));

  await stack.redis.pause();
  await say(laptop, channel, 'written before the end');
  expect(laptop.waiting).toBe(1);
  const { url } = stack.apis[0] ?? { url: '' };
  const authorization = `Bearer ${session.accessToken}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const ended = fetch(`${url}/api/v1/sign-out`, { method: 'POST', headers, body: '{}' });
  await stack.redis.resume();
  expect((await ended).status).toBe(200);

  await eventually('the laptop knows', () => laptop.connection.state === 'signed-out', 120_000);
  expect(laptop.connection).toMatchObject({ cause: expect.stringMatching(/\w/) as string });
  await say(laptop, channel, 'written after the end');
  await expect(laptop.call('conversations', {})).rejects.toMatchObject({ refusal: { kind: 'unauthenticated' } });
  expect(laptop.waiting).toBeGreaterThan(0);
  await laptop.close();

  const again = await device(await signedIn(), store);
  await opened(again, channel);
  await Promise.all([holds(again, channel, 2), holds(alice, channel, 2)]);
  expect(texts(alice, channel)).toEqual(['written before the end', 'written after the end']);
  expect(shown(again, channel)).toEqual(shown(alice, channel));
});

it('G12: with MongoDB away, an open socket outlives its token, sends and hears', async () => {
  await freshChannel('no renewal');
  const laptop = await device(withShortToken(stack, await signedIn(), 30));
  const states: string[] = [];
  await opened(laptop, channel);
  await eventually('it is online', () => laptop.connection.state === 'online');
  // A device sends once it has caught up, which takes MongoDB.
  await say(laptop, channel, 'message 0');
  await holds(laptop, channel, 1);
  laptop.on('connection', () => states.push(laptop.connection.state));
  await stack.mongo.kill('SIGKILL');
  const over = Date.now() + 32_000;
  await eventually('its token is over', () => Date.now() > over);
  for (let n = 1; n <= 5; n += 1) await say(n % 2 ? laptop : alice, channel, `message ${n}`);
  await Promise.all([holds(laptop, channel, 6), holds(alice, channel, 6)]);
  expect(states).toEqual([]);

  await stack.mongo.restart();
  await eventually(
    'it has another token',
    async () => (await laptop.call('conversations', {})).conversations.length > 0,
  );
});
