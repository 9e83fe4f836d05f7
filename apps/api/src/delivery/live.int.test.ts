import { newId, type CommandId, type ConversationId, type Mark } from '@parley/events';
import { describe, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { nodePair } from './testing/node-pair.ts';
import type { TestClient } from './testing/test-client.ts';
import { person, startNode, tokenOf } from './testing/test-node.ts';

async function sendMany(client: TestClient, conversationId: ConversationId, name: string, many: number): Promise<void> {
  await Promise.all(Array.from({ length: many }, (_, n) => client.send(conversationId, `${name} ${n}`)));
}

describe.each([true, false])('with recovery %s', (recovery) => {
  const pair = nodePair({ recovery });
  const { connect } = pair;

  test('a message reaches the members on both nodes', async () => {
    const alice = await connect(pair.one);
    const bob = await connect(pair.two);
    const { conversationId } = await alice.createGroup([bob.actor]);
    const receipt = await alice.send(conversationId, 'The tide is out.');
    expect(receipt.seq).toBe(2);
    await bob.holds(conversationId, 2);
    await alice.holds(conversationId, 2);
    expect(bob.texts(conversationId)).toEqual(['The tide is out.']);
  });

  test('G3 trap 1: two nodes send at once, and everybody sees one order without a gap', async () => {
    const alice = await connect(pair.one);
    const bob = await connect(pair.two);
    const { conversationId } = await alice.createGroup([bob.actor]);
    await Promise.all([sendMany(alice, conversationId, 'Alice', 200), sendMany(bob, conversationId, 'Bob', 200)]);
    await Promise.all([alice.holds(conversationId, 401), bob.holds(conversationId, 401)]);
    const live = (client: TestClient): number[] => client.frames.flatMap(({ events }) => events.map(({ seq }) => seq));
    expect(live(alice)).toEqual(Array.from({ length: 401 }, (_, at) => at + 1));
    expect(live(bob)).toEqual(live(alice));
    expect(bob.texts(conversationId)).toEqual(alice.texts(conversationId));
    const own = alice.texts(conversationId).filter((text) => text.startsWith('Alice'));
    expect(own).toEqual(Array.from({ length: 200 }, (_, n) => `Alice ${n}`));
  });

  test('G2: a retry on another node gets the first receipt, another body under the id a conflict', async () => {
    const alice = await connect(pair.one);
    const elsewhere = await connect(pair.two, alice.actor);
    const { conversationId } = await alice.createGroup([person()]);
    const commandId = newId<CommandId>();
    const first = await alice.send(conversationId, 'Once only.', commandId);
    const second = await elsewhere.send(conversationId, 'Once only.', commandId);
    expect(second).toEqual(first);
    await expect(elsewhere.send(conversationId, 'Something else.', commandId)).rejects.toThrow('conflict');
    await elsewhere.holds(conversationId, 2);
    expect(elsewhere.texts(conversationId)).toEqual(['Once only.']);
  });

  test('G2: whoever lost the right still gets the receipt of what was stored before', async () => {
    const alice = await connect(pair.one);
    const bob = await connect(pair.two);
    const { conversationId } = await alice.createGroup([bob.actor]);
    const message = await bob.send(conversationId, 'Mine.');
    const target = { epoch: message.epoch, seq: message.seq };
    const edit = {
      type: 'message.edit',
      commandId: newId<CommandId>(),
      conversationId,
      target,
      content: { suite: 'none', text: 'Still mine.' },
    } as const;
    const edited = await bob.done(edit);
    await alice.done({
      type: 'member.remove',
      commandId: newId<CommandId>(),
      conversationId,
      userId: bob.actor.userId,
    });
    expect(await bob.done(edit)).toEqual(edited);
    await expect(bob.send(conversationId, 'One more.')).rejects.toThrow('not_found');
  });

  test('G2 trap 14: a client that is cut before the ack sends again elsewhere, and one message exists', async () => {
    const alice = await connect(pair.one);
    const { conversationId } = await alice.createGroup([person()]);
    const commandId = newId<CommandId>();
    void alice.send(conversationId, 'Did it arrive?', commandId).catch(() => undefined);
    await new Promise<void>((flushed) => alice.socket.io.engine.once('drain', flushed));
    alice.drop();
    const again = await connect(pair.two, alice.actor);
    await again.send(conversationId, 'Did it arrive?', commandId);
    await again.catchUp();
    expect(again.texts(conversationId)).toEqual(['Did it arrive?']);
  });

  test('only the author edits; the owner deletes; a foreign or future target is not found', async () => {
    const alice = await connect(pair.one);
    const bob = await connect(pair.two);
    const { conversationId } = await alice.createGroup([bob.actor]);
    const { epoch, seq } = await bob.send(conversationId, 'Hello.');
    const target = { epoch, seq };
    const edit = (by: TestClient, at: typeof target) =>
      by.done({
        type: 'message.edit',
        commandId: newId<CommandId>(),
        conversationId,
        target: at,
        content: { suite: 'none', text: 'Changed.' },
      });
    await expect(edit(alice, target)).rejects.toThrow('not_found');
    await expect(edit(bob, { epoch, seq: 99 as typeof seq })).rejects.toThrow('not_found');
    const forged = 'ffffffffffffffff' as typeof epoch;
    await expect(edit(bob, { epoch: forged, seq })).rejects.toThrow('stale_target');
    await edit(bob, target);
    await alice.done({ type: 'message.delete', commandId: newId<CommandId>(), conversationId, target });
    await bob.holds(conversationId, 4);
  });

  test('marks are raised, clamped to the head, and told to the others', async () => {
    const alice = await connect(pair.one);
    const bob = await connect(pair.two);
    const { conversationId, epoch } = await alice.createGroup([bob.actor]);
    await bob.holds(conversationId, 1);
    await bob.must('mark', { conversationId, epoch, read: 50 });
    await eventually(() => alice.marksOf(bob.actor.userId).length > 0, 'Alice hears of Bob’s mark');
    expect(alice.marksOf(bob.actor.userId).at(-1)).toMatchObject({ read: 1, delivered: 1, epoch });
    const stranger = await connect(pair.one);
    await expect(stranger.must('mark', { conversationId, epoch, read: 1 })).rejects.toThrow('not_found');
  });

  test('G15: a client of version 3 hears each mark by itself', async () => {
    const alice = person();
    const old = await connect(pair.one, alice, { auth: { token: tokenOf(alice), protocol: 3 } });
    const [bob, carol] = [await connect(pair.two), await connect(pair.two)];
    const { conversationId, epoch } = await old.createGroup([bob.actor, carol.actor]);
    const told: Mark[] = [];
    old.socket.on('mark', (mark: Mark) => told.push(mark));
    for (const client of [bob, carol]) await client.must('mark', { conversationId, epoch, read: 1 });
    const whose = () => new Set(told.map(({ userId }) => userId));
    await eventually(() => whose().size === 2, 'both marks are told');
    expect(whose()).toEqual(new Set([bob.actor.userId, carol.actor.userId]));
    expect(old.marksOf(bob.actor.userId)).toEqual([]);
  });

  test('typing reaches the other members, never the typist, and no stranger may', async () => {
    const alice = await connect(pair.one);
    const bob = await connect(pair.two);
    const { conversationId } = await alice.createGroup([bob.actor]);
    await bob.holds(conversationId, 1);
    await alice.holds(conversationId, 1);
    await eventually(async () => {
      // A signal may be lost: who types on says so again.
      await alice.must('typing', { conversationId, typing: true });
      return bob.pushes.some(({ name }) => name === 'typing');
    }, 'Bob sees Alice type');
    expect(alice.pushes.filter(({ name }) => name === 'typing')).toEqual([]);
    const stranger = await connect(pair.two);
    await expect(stranger.must('typing', { conversationId, typing: true })).rejects.toThrow('not_found');
  });

  test('nobody types in the directory, where everybody would hear it', async () => {
    const directories: ConversationId[] = [];
    await using node = await startNode(pair.backends, { directory: () => Promise.resolve(directories[0]) });
    await eventually(node.ready, 'the third node is ready');
    const alice = await connect(node);
    const { conversationId } = await alice.createGroup([person()]);
    await alice.holds(conversationId, 1);
    await alice.must('typing', { conversationId, typing: true });
    directories.push(conversationId);
    await expect(alice.must('typing', { conversationId, typing: true })).rejects.toThrow('not_found');
  });

  test('a conversation that somebody joins later comes whole: what was before as withheld, then live', async () => {
    const alice = await connect(pair.one);
    const bob = await connect(pair.two);
    const { conversationId } = await alice.createGroup([person()]);
    await alice.send(conversationId, 'Before Bob.');
    const userId = bob.actor.userId;
    await alice.done({ type: 'member.add', commandId: newId<CommandId>(), conversationId, userId, role: 'member' });
    const receipt = await alice.send(conversationId, 'For Bob too.');
    await eventually(() => bob.frames.length >= 2, 'Bob hears what comes after');
    const positions = { [receipt.epoch]: { [conversationId]: 0 } };
    const page = await bob.must('sync', { positions });
    await bob.catchUp();
    await bob.holds(conversationId, 4);
    expect(bob.texts(conversationId)).toEqual(['For Bob too.']);
    expect(page.conversations[0]?.withheld).toEqual([{ from: 1, to: 2 }]);
  });
});
