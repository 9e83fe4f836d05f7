import type { ConversationView } from '@parley/events';
import { afterEach, expect, it, vi } from 'vitest';
import type { ChatClient } from './chat-client.ts';
import type { Snapshot } from './snapshot-form.ts';
import type { Surroundings } from './surroundings.ts';
import { eventually } from './testing/eventually.ts';
import { ScriptedServer } from './testing/scripted-server.ts';
import { alice, bob, conversationId, firstEpoch, message, Story } from './testing/story.ts';

const view: ConversationView = {
  ...{ conversationId, kind: 'channel', name: 'harbour', visibility: 'private', history: 'all', role: 'member' },
  ...{ visible: [], with: [alice, bob], epoch: firstEpoch, head: 7, read: 2, unread: 5, last: null, lastAt: 1 },
};
const bobsName = { userId: bob, username: 'bob', name: 'Bob', role: 'member' };

/** A place whose network comes and goes. */
function place() {
  let tell: (there: boolean) => void = () => undefined;
  let there = true;
  let leave = (): void => undefined;
  const surroundings: Surroundings = {
    onLeaving: (listener) => {
      leave = listener;
      return () => undefined;
    },
    hasNetwork: () => there,
    onNetwork: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  return { surroundings, turn: (to: boolean) => tell((there = to)), leave: () => leave() };
}

let client: ChatClient;
afterEach(async () => {
  vi.useRealTimers();
  await client.close();
});

it('C31: what an earlier visit held is not taken for the list; once the server has said it, it is', async () => {
  const server = new ScriptedServer();
  const { promise, resolve } = Promise.withResolvers<object>();
  server.answers.conversations = () => promise;
  client = await server.open({ snapshot: { list: { conversations: [view] }, users: [], pages: [] } });
  await eventually(() => server.of('conversations').length > 0);
  expect([client.connection.state, client.conversations.length, client.listed]).toEqual(['online', 1, false]);
  const told = new Promise<void>((tell) => client.on('conversations', tell));
  resolve({ conversations: [] });
  await told;
  expect([client.conversations.length, client.listed]).toEqual([0, true]);
});

it('B6: people beyond the first page are found at the server, and known by name from then on', async () => {
  const server = new ScriptedServer();
  server.answers.users = ({ search }) => ({ users: search === 'bo' ? [bobsName] : [], next: null });
  client = await server.open();
  await eventually(() => server.of('users').length > 0);
  expect(client.users.has(bob)).toBe(false);
  expect(await client.findUsers(' bo ')).toEqual([bobsName]);
  expect(client.users.get(bob)?.name).toBe('Bob');
});

it('B5, C9: what was read on another device meanwhile is known after every reconnect', async () => {
  // Of HTTP's own questions every few seconds none comes within this time.
  vi.useFakeTimers();
  const server = new ScriptedServer();
  server.answers.conversations = () => ({ conversations: [view] });
  const { surroundings, turn } = place();
  client = await server.open({ surroundings });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(client.conversations[0]?.unread).toBe(5);
  turn(false);
  server.answers.conversations = () => ({ conversations: [{ ...view, read: 7, unread: 0 }] });
  turn(true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(client.conversations[0]).toMatchObject({ read: 7, unread: 0 });
});

it('B5, C9: a list that was asked for before the connection was lost does not count for the next one', async () => {
  vi.useFakeTimers();
  const server = new ScriptedServer();
  server.answers.conversations = () => ({ conversations: [view] });
  const { surroundings, turn } = place();
  client = await server.open({ surroundings });
  await vi.advanceTimersByTimeAsync(1_000);
  const late = Promise.withResolvers<object>();
  server.answers.conversations = () => late.promise;
  const asked = server.of('conversations').length;
  // Over HTTP it is asked for every eight seconds.
  await vi.advanceTimersByTimeAsync(8_000);
  expect(server.of('conversations')).toHaveLength(asked + 1);
  turn(false);
  late.resolve({ conversations: [view] });
  await vi.advanceTimersByTimeAsync(100);
  server.answers.conversations = () => ({ conversations: [{ ...view, read: 7, unread: 0 }] });
  turn(true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(client.conversations[0]).toMatchObject({ read: 7, unread: 0 });
});

it('D7: a page that failed is here soon after the connection is back', async () => {
  const server = new ScriptedServer();
  server.answers.conversations = () => ({ conversations: [view] });
  const { surroundings, turn } = place();
  client = await server.open({ surroundings });
  turn(false);
  await client.loadOlder(conversationId);
  expect(client.timeline(conversationId).failure).toMatchObject({ kind: 'unavailable' });
  const story = new Story(Array.from({ length: 7 }, (_, at) => message(at + 1)));
  server.answers.history = () => story.page(8, 50);
  turn(true);
  await eventually(() => client.timeline(conversationId).held?.last === 7);
  expect(client.timeline(conversationId).failure).toBeNull();
});

/** Alice, online in a place, with a conversation of which she has read two of seven. */
async function reader(server: ScriptedServer, snapshot?: Snapshot) {
  vi.useFakeTimers();
  server.answers.conversations = () => ({ conversations: [view] });
  const { surroundings, turn, leave } = place();
  client = await server.open({ surroundings, ...(snapshot && { snapshot }) });
  await vi.advanceTimersByTimeAsync(1_000);
  return { turn, leave };
}
const read = { conversationId, epoch: firstEpoch, read: 7 };

it('C9: what was read just before the page is left is told by a request that outlives it', async () => {
  const server = new ScriptedServer();
  const { leave } = await reader(server);
  client.markRead(conversationId, 7);
  leave();
  await vi.advanceTimersByTimeAsync(0);
  expect(server.asked.at(-1)).toMatchObject({ name: 'mark', request: read, init: { keepalive: true } });
});

it('C9: what was read just before one signs out, or closes, is told before that', async () => {
  for (const end of ['signOut', 'close'] as const) {
    const server = new ScriptedServer();
    server.answers.signOut = () => ({});
    await reader(server);
    client.markRead(conversationId, 7);
    await client[end]();
    const last = server.asked.map(({ name }) => name).filter((name) => name === 'mark' || name === 'signOut');
    expect(last).toEqual(end === 'signOut' ? ['mark', 'signOut'] : ['mark']);
  }
});

it('C9: a server that is silent about the last marks holds nobody who signs out, or closes', async () => {
  for (const end of ['signOut', 'close'] as const) {
    const server = new ScriptedServer();
    server.answers.signOut = () => ({});
    await reader(server);
    server.answers.mark = () => new Promise(() => undefined);
    client.markRead(conversationId, 7);
    let isOver = false;
    void client[end]().then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(1_500);
    expect([server.of('mark')[0], isOver]).toEqual([read, true]);
  }
});

it('C9: what was read at an earlier visit without a server is told at the next one', async () => {
  const server = new ScriptedServer();
  const before = { list: { conversations: [{ ...view, read: 7, unread: 0 }] }, users: [], pages: [] };
  await reader(server, before);
  expect(client.conversations[0]).toMatchObject({ read: 7, unread: 0 });
  expect(server.of('mark')).toEqual([read]);
});
