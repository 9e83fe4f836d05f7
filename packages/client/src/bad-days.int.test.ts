import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConversationId, Session } from '@parley/events';
import { startStack, unlimited, type AppProcess, type Stack } from '@parley/stack';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ChatClient } from './chat-client.ts';
import type { ChatClientOptions } from './index.ts';
import { FileOutboxStore } from './node.ts';
import { MemoryOutboxStore } from './outbox/memory-store.ts';
import { tabSharing } from './outbox/tab-sharing.ts';
import { eventually } from './testing/eventually.ts';
import { allTexts, firstPerson, nextPerson, open, says, sendStates, texts } from './testing/people.ts';

describe('bad days', () => {
  let stack: Stack;
  let api: AppProcess;
  let url: string;
  let aliceSession: Session;
  let bobSession: Session;
  let channel: ConversationId;
  let rounds = 0;
  const clients: ChatClient[] = [];

  async function opened(session: Session, more: Partial<ChatClientOptions> = {}): Promise<ChatClient> {
    const client = await open(url, session, more);
    clients.push(client);
    return client;
  }

  /** A client that is online and knows the channel. */
  async function ready(session: Session, more: Partial<ChatClientOptions> = {}): Promise<ChatClient> {
    const client = await opened(session, more);
    await eventually(() => expect(client.connection.state).toBe('online'));
    await eventually(() => client.conversations.some((row) => row.conversationId === channel));
    return client;
  }

  /** Everything that a fresh device finds in the channel. */
  async function stored(): Promise<string[]> {
    const fresh = await ready(bobSession);
    const all = await allTexts(fresh, channel);
    await fresh.close();
    return all;
  }

  beforeAll(async () => {
    // One person sends hundreds at once here.
    stack = await startStack({ env: unlimited });
    const [node] = stack.apis;
    if (!node) throw new Error('The stack has no api.');
    ({ url, process: api } = node);
    aliceSession = await firstPerson(url, stack.setupCode, 'Alice');
    const alice = await open(url, aliceSession);
    bobSession = await nextPerson(url, alice, 'Bob');
    await alice.close();
  });

  /** A channel for each test, so that each sees only its own messages. */
  async function freshChannel(): Promise<void> {
    const alice = await open(url, aliceSession);
    channel = await alice.createChannel(`round-${++rounds}`, 'private', [bobSession.user.userId]);
    await alice.close();
  }

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    if (!api.running) await api.start();
  });

  afterAll(() => stack.close());

  it('G1, G2, trap 14: kill -9 of the api while sending; after its restart everything is there exactly once, in order', async () => {
    await freshChannel();
    const [alice, bob] = [await ready(aliceSession), await ready(bobSession)];
    const wanted = Array.from({ length: 300 }, (_, n) => `m${n}`);
    for (const text of wanted.slice(0, 200)) void alice.send(channel, says(text));
    await eventually(() => sendStates(alice, channel).includes('sent'));
    await api.kill('SIGKILL');
    for (const text of wanted.slice(200)) void alice.send(channel, says(text));
    await eventually(() => expect(alice.connection.state).toBe('waiting'));
    await api.start();
    await eventually(() => expect(alice.waiting).toBe(0));
    await eventually(() => expect(texts(alice, channel)).toEqual(wanted));
    await eventually(() => expect(texts(bob, channel)).toEqual(wanted));
    expect(await stored()).toEqual(wanted);
  });

  it('queues while offline, shows it, and sends once and in order when the server is back', async () => {
    await freshChannel();
    const [alice, bob] = [await ready(aliceSession), await ready(bobSession)];
    await api.kill('SIGKILL');
    await eventually(() => expect(alice.connection.state).toBe('waiting'));
    const ids = [];
    for (const text of ['one', 'two', 'three']) ids.push(await alice.send(channel, says(text)));
    await alice.edit(channel, ids[1] ?? 0, says('two, edited'));
    expect([alice.waiting, sendStates(alice, channel)]).toEqual([4, ['queued', 'queued', 'queued']]);
    await api.start();
    await eventually(() => expect(alice.waiting).toBe(0));
    await eventually(() => expect(texts(bob, channel)).toEqual(['one', 'two, edited', 'three']));
    await eventually(() => expect(texts(alice, channel)).toEqual(['one', 'two, edited', 'three']));
  });

  it('an outbox in a file survives the end of the program', async () => {
    await freshChannel();
    const folder = await mkdtemp(join(tmpdir(), 'parley-client-'));
    const path = join(folder, 'outbox');
    const before = await ready(aliceSession, { store: await FileOutboxStore.open(path) });
    await api.kill('SIGKILL');
    await eventually(() => expect(before.connection.state).toBe('waiting'));
    await before.send(channel, says('written before the end'));
    await before.close();
    await api.start();
    const after = await ready(aliceSession, { store: await FileOutboxStore.open(path) });
    await eventually(() => expect(after.waiting).toBe(0));
    expect(await stored()).toEqual(['written before the end']);
    await after.close();
    await rm(folder, { recursive: true });
  });

  it('G5: a client that was away for 700 messages gets exactly those, then goes on live', async () => {
    await freshChannel();
    const bob = await ready(bobSession);
    const alice = await ready(aliceSession);
    await alice.send(channel, says('before'));
    await eventually(() => expect(texts(bob, channel)).toEqual(['before']));
    await bob.close();
    const wanted = Array.from({ length: 700 }, (_, n) => `m${n}`);
    await Promise.all(wanted.map((text) => alice.send(channel, says(text))));
    await eventually(() => expect(alice.waiting).toBe(0));
    const back = await ready(bobSession);
    expect(await allTexts(back, channel)).toEqual(['before', ...wanted]);
    await alice.send(channel, says('live'));
    await eventually(() => expect(texts(back, channel).at(-1)).toBe('live'));
  });

  it('A8: with sockets blocked, HTTP carries commands, catch-up, edits and marks both ways', async () => {
    await freshChannel();
    const alice = await ready(aliceSession, { transport: 'http' });
    const bob = await ready(bobSession, { transport: 'http' });
    await alice.send(channel, says('over HTTP'));
    await eventually(() => expect(texts(bob, channel)).toEqual(['over HTTP']));
    await bob.send(channel, says('and back'));
    await eventually(() => expect(texts(alice, channel)).toEqual(['over HTTP', 'and back']));
    const [first] = alice.timeline(channel).items.filter((item) => item.kind === 'message');
    await alice.edit(channel, first?.message.seq ?? 0, says('over plain HTTP'));
    await eventually(() => expect(texts(bob, channel)).toEqual(['over plain HTTP', 'and back']));
    await api.kill('SIGKILL');
    await alice.send(channel, says('while it was away'));
    await api.start();
    await eventually(() => expect(texts(bob, channel)).toEqual(['over plain HTTP', 'and back', 'while it was away']));
  });

  it('two tabs share one outbox: one sends for both, and the other takes over when it is gone', async () => {
    await freshChannel();
    const { userId } = aliceSession.user;
    const store = new MemoryOutboxStore();
    const tab = (): Promise<ChatClient> => ready(aliceSession, { store, sharing: tabSharing(userId) });
    const [one, two] = [await tab(), await tab()];
    const wanted = Array.from({ length: 20 }, (_, n) => `m${n}`);
    for (const [n, text] of wanted.entries()) await (n % 2 ? one : two).send(channel, says(text));
    await eventually(() => expect([texts(one, channel), texts(two, channel)]).toEqual([wanted, wanted]));
    await eventually(() => expect([one.waiting, two.waiting]).toEqual([0, 0]));
    await api.kill('SIGKILL');
    await eventually(() => expect(two.connection.state).toBe('waiting'));
    await two.send(channel, says('from the tab that stays'));
    await eventually(() => expect(one.waiting).toBe(1));
    await one.close();
    await api.start();
    await eventually(() => expect(two.waiting).toBe(0));
    expect(await stored()).toEqual([...wanted, 'from the tab that stays']);
  });

  it('tokens are renewed before they end, and signing out ends the session everywhere', async () => {
    await freshChannel();
    const renewed: Session[] = [];
    const session = { ...bobSession, accessExpiresAt: Date.now() };
    const bob = await ready(session, { onSession: (next) => renewed.push(next) });
    await bob.call('online', {});
    await bob.signOut();
    const late = await opened(renewed.at(-1) ?? bobSession);
    await eventually(() => expect(late.connection.state).toBe('signed-out'));
  });
});
