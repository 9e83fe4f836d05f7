import type { ConversationId } from '@parley/events';
import { startStack, type Stack } from '@parley/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatClient } from './chat-client.ts';
import { eventually } from './testing/eventually.ts';
import { allTexts, firstPerson, nextPerson, open, says, sendStates, texts } from './testing/people.ts';

describe('two people on two api nodes', () => {
  let stack: Stack;
  let alice: ChatClient;
  let bob: ChatClient;
  let channel: ConversationId;
  const clients: ChatClient[] = [];

  const namesOf = (client: ChatClient): unknown[] => client.conversations.map((row) => [row.kind, row.name]);
  const urlOf = (node: number): string => stack.apis[node]?.url ?? '';

  beforeAll(async () => {
    stack = await startStack({ apis: 2 });
    const admin = await firstPerson(urlOf(0), stack.setupCode, 'Alice');
    clients.push((alice = await open(urlOf(0), admin)));
    clients.push((bob = await open(urlOf(1), await nextPerson(urlOf(0), alice, 'Bob'))));
    channel = await alice.createChannel('general', 'private', [bob.session.user.userId]);
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await stack.close();
  });

  it('a new channel appears in both lists', async () => {
    expect(alice.conversations[0]).toMatchObject({ conversationId: channel, name: 'general', role: 'owner' });
    await eventually(() => expect(bob.conversations[0]).toMatchObject({ conversationId: channel, role: 'member' }));
    await eventually(() => expect(alice.users.get(bob.session.user.userId)?.name).toBe('Bob'));
  });

  it('E3: shows an own message at once, then stored, never twice', async () => {
    const seen: string[][] = [];
    const stop = alice.onTimeline(channel, () => seen.push(texts(alice, channel)));
    const sent = alice.send(channel, says('hello'));
    expect([texts(alice, channel), sendStates(alice, channel)]).toEqual([['hello'], ['queued']]);
    await sent;
    await eventually(() => expect(sendStates(alice, channel)).toEqual(['sent']));
    await eventually(() => expect(texts(bob, channel)).toEqual(['hello']));
    stop();
    expect(seen.every((list) => list.length === 1)).toBe(true);
  });

  it('G3, G4, trap 1: what both send at once both see in the same order, each once', async () => {
    const all: string[] = [];
    const before = texts(bob, channel).length;
    for (let n = 0; n < 100; n += 1) {
      all.push(`a${n}`, `b${n}`);
      void alice.send(channel, says(`a${n}`));
      void bob.send(channel, says(`b${n}`));
    }
    const stored = (client: ChatClient): string[] => texts(client, channel).slice(before);
    await eventually(() => {
      expect(alice.waiting + bob.waiting).toBe(0);
      expect([...stored(alice)].sort()).toEqual([...all].sort());
      expect(stored(bob)).toEqual(stored(alice));
    });
    expect(stored(alice).filter((text) => text.startsWith('a'))).toEqual(all.filter((text) => text.startsWith('a')));
    expect(stored(alice).filter((text) => text.startsWith('b'))).toEqual(all.filter((text) => text.startsWith('b')));
  });

  it('counts unread messages, and forgets them on all devices of a person when one has read them', async () => {
    const other = await open(urlOf(0), bob.session);
    clients.push(other);
    const rowOf = (client: ChatClient) => client.conversations.find((row) => row.conversationId === channel);
    await eventually(() => expect(rowOf(other)?.unread).toBeGreaterThanOrEqual(100));
    await eventually(() => expect(rowOf(bob)?.unread).toBeGreaterThanOrEqual(100));
    bob.markRead(channel, bob.timeline(channel).head);
    expect(rowOf(bob)?.unread).toBe(0);
    await eventually(() => expect(rowOf(other)?.unread).toBe(0));
    await alice.send(channel, says('one more'));
    await eventually(() => expect([rowOf(bob)?.unread, rowOf(other)?.unread]).toEqual([1, 1]));
    await other.close();
  });

  it('edits, reacts and deletes for everybody', async () => {
    await alice.send(channel, says('teh typo'));
    const seq = await eventually(() => {
      const last = bob.timeline(channel).items.at(-1);
      return last?.kind === 'message' && texts(bob, channel).at(-1) === 'teh typo'
        ? (last.message.seq ?? false)
        : false;
    });
    await eventually(() => expect(alice.timeline(channel).complete).toBeGreaterThanOrEqual(seq));
    await alice.edit(channel, seq, says('the typo'));
    await bob.react(channel, seq, '👍', true);
    await eventually(() =>
      expect([texts(alice, channel).at(-1), texts(bob, channel).at(-1)]).toEqual(['the typo', 'the typo']),
    );
    await eventually(() => {
      const last = alice.timeline(channel).items.at(-1);
      expect(last?.kind === 'message' && last.message.changes.reactions.map((one) => [one.userId, one.on])).toEqual([
        [bob.session.user.userId, true],
      ]);
    });
    await alice.remove(channel, seq);
    await eventually(() => expect(texts(bob, channel).at(-1)).toBe('(deleted)'));
  });

  it('a fresh device loads the whole history by pages, the same as the live one', async () => {
    const fresh = await open(urlOf(1), alice.session);
    clients.push(fresh);
    await eventually(() => expect(namesOf(fresh)).toEqual(namesOf(alice)));
    await Promise.all([allTexts(fresh, channel), allTexts(alice, channel)]);
    expect(fresh.timeline(channel)).toMatchObject({ atStart: true, failure: null });
    expect(fresh.timeline(channel).items).toEqual(alice.timeline(channel).items);
    await fresh.close();
  });

  it('tells who is online and who types', async () => {
    const bobId = bob.session.user.userId;
    await eventually(() => expect(alice.online.has(bobId)).toBe(true));
    const heard: (readonly string[])[] = [];
    const stop = alice.onTyping(channel, (userIds) => heard.push(userIds));
    await eventually(() => {
      // A signal may be lost: who types on says so again.
      bob.setTyping(channel, true);
      expect(heard.at(-1)).toEqual([bobId]);
    });
    await bob.send(channel, says('typed'));
    await eventually(() => expect(heard.at(-1)).toEqual([]));
    stop();
  });

  it('E3: refuses what is not allowed with a typed error, and the message says so', async () => {
    await expect(bob.removeMember(channel, alice.session.user.userId)).rejects.toMatchObject({
      refusal: { kind: 'not_found' },
    });
    await expect(bob.send(channel, says(''))).rejects.toMatchObject({ refusal: { kind: 'invalid' } });
    const secret = await alice.createChannel('secret', 'private', []);
    const id = await bob.send(secret, says('let me in'));
    await eventually(() => expect(sendStates(bob, secret)).toEqual(['failed']));
    expect(bob.failed.map(({ command, refusal }) => [command.commandId, refusal.kind])).toEqual([[id, 'not_found']]);
    await bob.discard(id);
    expect([bob.failed, texts(bob, secret)]).toEqual([[], []]);
  });

  it('trap 5: a removed member hears nothing more, and the conversation leaves the list', async () => {
    const group = await alice.createGroup(null, [bob.session.user.userId]);
    await alice.send(group, says('welcome'));
    await eventually(async () => expect(await allTexts(bob, group)).toEqual(['welcome']));
    await alice.removeMember(group, bob.session.user.userId);
    await alice.send(group, says('among us'));
    await eventually(() => expect(bob.conversations.some((row) => row.conversationId === group)).toBe(false));
    await eventually(async () => expect(await allTexts(alice, group)).toEqual(['welcome', 'among us']));
    expect(texts(bob, group)).toEqual(['welcome']);
  });

  it('gives both who open a direct conversation at once the same one', async () => {
    const [one, two] = await Promise.all([
      alice.createDirect(bob.session.user.userId),
      bob.createDirect(alice.session.user.userId),
    ]);
    expect(one).toBe(two);
    await alice.send(one, says('just us'));
    await eventually(async () => expect(await allTexts(bob, one)).toEqual(['just us']));
  });
});
