import { partitionOf, type ConversationId } from '@parley/events';
import {
  archivedHistory,
  archiveOf,
  checkpoints,
  events,
  idBuffer,
  memberKey,
  readChains,
  type Database,
} from '@parley/read-models';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { chainAfter, chainStart, commitmentOf } from './event-chain.ts';

let fixture: ProjectionFixture;
let database: Database;
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
  database = fixture.database;
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

async function project(id: ConversationId): Promise<void> {
  const projector = fixture.projector(partitionOf(id));
  expect(await projector.run()).toBe('caught_up');
}

describe('a projector', () => {
  test('G7 takes every event into archive and read models, with the chain', async () => {
    const id = await fixture.group();
    const first = await fixture.say(id, 'one');
    await fixture.say(id, 'two', fixture.bob);
    const edit = await fixture.change(id, 'message.edited', first, { content: { suite: 'none', text: 'uno' } });
    await fixture.change(id, 'reaction.added', first, { reaction: { emoji: '🌱', suite: 'none' } }, fixture.bob);
    await project(id);

    const history = await archivedHistory(database, { conversationId: id, from: 1, to: 99, visible: [{ from: 1 }] });
    expect(history.events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'conversation.created'],
      [2, 'message.sent'],
      [3, 'message.sent'],
      [4, 'message.edited'],
      [5, 'reaction.added'],
    ]);
    expect(history.overlays).toMatchObject([
      { seq: 2, edit: { seq: edit, content: { text: 'uno' } }, deleted: null, reactions: [{ seq: 5, on: true }] },
    ]);
    const { entries } = await fixture.work.readLog(partitionOf(id), 0, 99);
    let chain = chainStart(idBuffer(id));
    for (const entry of entries) if (!('unreadable' in entry)) chain = chainAfter(chain, entry, commitmentOf(entry));
    expect((await readChains(database, id, [5])).get(5)).toBe(chain.toString('hex'));
  });

  test('a changed role is a new role and nothing else', async () => {
    const id = await fixture.group('joined');
    await fixture.remove(id, fixture.bob.userId);
    await fixture.add(id, fixture.bob.userId);
    const { members } = await database.readModels();
    await project(id);
    const _id = memberKey(id, fixture.bob.userId);
    const before = await members.findOne({ _id });
    const changed = await fixture.changeRole(id, fixture.bob.userId, 'owner');
    await project(id);
    expect(await members.findOne({ _id })).toEqual({ ...before, role: 'owner', changed });
  });

  test('what one may not see is withheld, and so are changes outside of it', async () => {
    const id = await fixture.group('joined');
    await fixture.say(id, 'before');
    await fixture.remove(id, fixture.bob.userId);
    const between = await fixture.say(id, 'without Bob');
    await fixture.change(id, 'message.edited', 2, { content: { suite: 'none', text: 'changed without Bob' } });
    await fixture.add(id, fixture.bob.userId);
    const after = await fixture.say(id, 'after');
    await project(id);

    const bob = await fixture.row(fixture.bob.userId, id);
    expect(bob?.visible).toEqual([{ from: 1, to: 3 }, { from: 6 }]);
    expect(bob?.last?.seq).toBe(after);
    expect(bob?.unread).toBe(2);
    const request = { conversationId: id, from: 1, to: after, visible: bob?.visible ?? [] };
    const history = await archivedHistory(database, request);
    expect(history.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 6, 7]);
    expect(history.withheld).toMatchObject([{ from: between, to: 5 }]);
    expect(history.withheld[0]?.chain).toMatch(/^[0-9a-f]{64}$/);
    expect(history.overlays).toEqual([]);
  });

  test('unread: deleted messages, my own and changes never count; capped at 100', async () => {
    const id = await fixture.group();
    const own = await fixture.say(id, 'mine', fixture.bob);
    const gone = await fixture.say(id, 'gone');
    await fixture.change(id, 'message.deleted', gone);
    await fixture.say(id, 'stays');
    await project(id);
    const row = (read?: number) => fixture.row(fixture.bob.userId, id, read);
    expect(await row()).toMatchObject({ unread: 1, last: { body: { content: { text: 'stays' } } } });
    await Promise.all(Array.from({ length: 120 }, (_, at) => fixture.say(id, `more ${at}`)));
    await project(id);
    expect(await row()).toMatchObject({ unread: 100 });
    expect(await row(own + 122)).toMatchObject({ unread: 1 });
  });

  test('G2 a receipt is found in the archive', async () => {
    const id = await fixture.group();
    await fixture.say(id, 'once');
    await project(id);
    const { n = 0 } = (await database.collection(checkpoints).findOne({ _id: partitionOf(id) })) ?? {};
    const [, said] = await archiveOf(database).entriesAfter(partitionOf(id), n - 2, 2);
    if (!said || 'unreadable' in said) throw new Error('The message is not archived.');
    const receipt = await archiveOf(database).findReceipt(id, said.actor.userId, said.commandId);
    expect(receipt).toMatchObject({ receipt: { conversationId: id, seq: 2 }, type: 'message.sent' });
    expect(await database.collection(events).countDocuments({ p: partitionOf(id), n })).toBe(1);
  });
});
