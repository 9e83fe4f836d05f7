import { newId, partitionOf, type ConversationId } from '@parley/events';
import {
  archivedHead,
  archiveOf,
  checkpoints,
  deadLetters,
  events,
  idBinary,
  migrate,
  parked,
  rawEntries,
} from '@parley/read-models';
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { allProjections } from '../projections/all-projections.ts';
import type { Projection } from '../projections/projection.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { instead } from '../testing/instead.ts';
import { answerReplays } from './asked-replays.ts';
import { ProjectorSet } from './projector-set.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

/** Cannot take one event, like a projection with a bug. */
function brittle(id: ConversationId, seq: number): Projection[] {
  return allProjections.map((projection) => ({
    ...projection,
    begin: () => {
      const changes = projection.begin();
      const apply = changes.apply.bind(changes);
      changes.apply = (event) => {
        const { entry } = event;
        if (entry.conversationId === id && entry.seq === seq) throw new Error('A bug in the projection.');
        apply(event);
      };
      return changes;
    },
  }));
}

/** @returns another conversation of the same partition. */
async function neighbour(id: ConversationId): Promise<ConversationId> {
  for (;;) {
    const other = await fixture.group();
    if (partitionOf(other) === partitionOf(id)) return other;
  }
}

async function projected(id: ConversationId): Promise<number> {
  const { conversations } = await fixture.database.readModels();
  return (await conversations.findOne({ _id: idBinary(id) }))?.head ?? 0;
}

async function project(projectors: ProjectorSet, id: ConversationId): Promise<void> {
  await expect.poll(() => projectors.run(partitionOf(id))).toBe('caught_up');
}

/** Has MongoDB refuse conversations that are like this, until `migrate`. */
async function refuse(like: Document): Promise<void> {
  await fixture.database.db.command({ collMod: 'conversations', validator: { $nor: [like] } });
}

/** The conversation's partition stands still and says why; it goes on once MongoDB takes everything again. */
async function expectStill(projectors: ProjectorSet, id: ConversationId, reason: string): Promise<void> {
  const { database } = fixture;
  expect(await projectors.run(partitionOf(id))).toBe('stopped');
  expect((await database.collection(checkpoints).findOne({ _id: partitionOf(id) }))?.stopped).toContain(reason);
  expect(await database.collection(parked).findOne({ _id: idBinary(id) })).toBeNull();
  await migrate(database);
  await project(projectors, id);
}

describe('what MongoDB refuses to take into a read model', () => {
  test('trap 22 parks its conversation at that event; others of the batch advance; a replay makes it whole', async () => {
    const { database } = fixture;
    const id = await fixture.group();
    const [other, elsewhere] = [await neighbour(id), await fixture.group()];
    await fixture.say(id, 'fine');
    const seq = await fixture.say(id, 'refused');
    await fixture.say(other, 'beside it');
    await fixture.say(id, 'behind it');
    await refuse({ _id: idBinary(id), head: { $gte: seq } });
    await using projectors = new ProjectorSet(fixture.setting());
    const outcomes = await Promise.all([id, elsewhere].map((one) => projectors.run(partitionOf(one))));
    expect(outcomes).toEqual(['caught_up', 'caught_up']);
    expect([await projected(id), await projected(other), await projected(elsewhere)]).toEqual([seq - 1, 2, 1]);
    expect(await archivedHead(database, id)).toBe(seq + 1);
    const letter = await database.collection(deadLetters).findOne({ conversation: idBinary(id) });
    expect(letter).toMatchObject({ seq, type: 'message.sent' });
    expect(letter?.reason).toContain('MongoDB refused a write to conversations');
    expect(await database.collection(parked).findOne({ _id: idBinary(id) })).toMatchObject({ seq });
    expect((await database.collection(checkpoints).findOne({ _id: partitionOf(id) }))?.stopped).toBeUndefined();
    expect((await rebuild(database, allProjections, { verifyOnly: true })).equal).toBe(true);
    expect(await projectors.replay(id)).toContain('MongoDB refused a write to conversations');
    await migrate(database);
    expect(await projectors.replay(id)).toBeNull();
    expect(await projected(id)).toBe(seq + 1);
    expect((await rebuild(database, allProjections, { verifyOnly: true })).equal).toBe(true);
  });

  test('trap 22 stands still where MongoDB takes no conversation of a batch: none parks, and all go on once it does', async () => {
    const id = await fixture.group();
    const other = await neighbour(id);
    await using projectors = new ProjectorSet(fixture.setting());
    await project(projectors, id);
    for (const one of [id, other]) await fixture.say(one, 'refused');
    await refuse({ _id: { $in: [idBinary(id), idBinary(other)] }, head: { $gte: 2 } });
    await expectStill(projectors, id, 'It takes no other conversation either.');
    expect([await projected(id), await projected(other)]).toEqual([2, 2]);
  });

  test('trap 22 stands still where refusals have parked many conversations of the partition before', async () => {
    const id = await fixture.group();
    const reason = 'MongoDB refused a write to members: Document failed validation';
    const standing = { p: partitionOf(id), seq: 1, reason, since: new Date() };
    const before = Array.from({ length: 10 }, () => ({ _id: idBinary(newId()), ...standing }));
    await fixture.database.collection(parked).insertMany(before);
    await refuse({ _id: idBinary(id) });
    await using projectors = new ProjectorSet(fixture.setting());
    await expectStill(projectors, id, 'So it did for 10 conversations before');
    expect(await projected(id)).toBe(1);
    await fixture.database.collection(parked).deleteMany({ reason });
  });

  test('G9 is only lost where another run has the fence: nothing parks', async () => {
    const id = await fixture.group();
    await fixture.say(id, 'one');
    const projector = fixture.projector(partitionOf(id));
    expect(await projector.run()).toBe('caught_up');
    const seq = await fixture.say(id, 'refused');
    await refuse({ _id: idBinary(id), head: { $gte: seq } });
    const log = instead(fixture.work, {
      readLog: async (...range) => {
        await fixture.database.collection(checkpoints).updateOne({ _id: partitionOf(id) }, { $inc: { fence: 1 } });
        return fixture.work.readLog(...range);
      },
    });
    expect(await fixture.projector(partitionOf(id), { log }).run()).toBe('lost');
    expect(await fixture.database.collection(parked).findOne({ _id: idBinary(id) })).toBeNull();
    await migrate(fixture.database);
    expect(await projector.run()).toBe('caught_up');
    expect(await projected(id)).toBe(seq);
  });
});

describe('a poison event', () => {
  test('trap 22 F20 parks its conversation; others of the partition advance; a replay makes it whole', async () => {
    const { database } = fixture;
    const id = await fixture.group();
    const other = await neighbour(id);
    await fixture.say(id, 'fine');
    const seq = await fixture.say(id, 'poison');
    await fixture.say(id, 'behind it');
    await fixture.say(other, 'beside it');
    {
      await using projectors = new ProjectorSet(fixture.setting({ projections: brittle(id, seq) }));
      await project(projectors, id);
      expect([await projected(id), await projected(other)]).toEqual([seq - 1, 2]);
      expect(await archivedHead(database, id)).toBe(seq + 1);
      const letter = await database.collection(deadLetters).findOne({ conversation: idBinary(id) });
      expect(letter).toMatchObject({ seq, type: 'message.sent', reason: 'A bug in the projection.' });
      expect(await database.collection(parked).findOne({ _id: idBinary(id) })).toMatchObject({ seq });
      await fixture.say(id, 'later');
      await projectors.run(partitionOf(id));
      expect(await projected(id)).toBe(seq - 1);
      expect((await rebuild(database, allProjections, { verifyOnly: true })).equal).toBe(true);
      expect(await projectors.replay(id)).toContain('A bug in the projection.');
    }
    await using mended = new ProjectorSet(fixture.setting());
    const letters = database.collection(deadLetters);
    await letters.updateOne({ conversation: idBinary(id) }, { $set: { replayAskedAt: new Date() } });
    await answerReplays(database, (conversation) => mended.replay(conversation), fixture.setting().logger);
    expect(await projected(id)).toBe(seq + 2);
    expect(await letters.findOne({ conversation: idBinary(id), resolvedAt: { $gt: new Date(0) } })).not.toBeNull();
    expect(await database.collection(parked).countDocuments()).toBe(0);
    expect((await rebuild(database, allProjections, { verifyOnly: true })).equal).toBe(true);
    expect(await fixture.row(fixture.bob.userId, id)).toMatchObject({ unread: 4 });
  });

  test.each([
    ['an unknown type', { t: 'poll.opened' }, /unknown/],
    ['a newer version', { v: '2' }, /newer/],
    ['invalid JSON', { b: '{"content":' }, /JSON/],
    ['a body of another form', { b: '{"content":{"suite":"none","text":""}}' }, /form/],
    ['a field of a megabyte', { b: `{"content":{"suite":"none","text":"${'x'.repeat(1 << 20)}"}}` }, /form/],
    ['a type of a megabyte', { t: 'x'.repeat(1 << 20) }, /unknown/],
  ])('G15 %s parks its conversation, and is archived as it came', async (_, fields, reason) => {
    const id = await fixture.group();
    await fixture.say(id, 'fine');
    await tamperedCopy(id, fields);
    await using projectors = new ProjectorSet(fixture.setting());
    await project(projectors, id);
    const letter = await fixture.database.collection(deadLetters).findOne({ conversation: idBinary(id) });
    expect(letter?.reason).toMatch(reason);
    expect(letter?.seq).toBe(3);
    expect([await projected(id), await archivedHead(fixture.database, id)]).toEqual([2, 3]);
  });

  test('an entry that is no event at all is kept byte for byte, and its conversation parks', async () => {
    const id = await fixture.group();
    await tamperedCopy(id, { u: 'short' });
    await fixture.say(id, 'behind the hole');
    await using projectors = new ProjectorSet(fixture.setting());
    await project(projectors, id);
    const raw = await fixture.database.collection(rawEntries).findOne({ p: partitionOf(id) });
    expect(raw?.fields.map((field) => Buffer.from(field.buffer).toString('latin1'))).toContain('short');
    expect(await projected(id)).toBe(1);
    expect(await fixture.database.collection(parked).findOne({ _id: idBinary(id) })).toMatchObject({ seq: 2 });
    const entries = await archiveOf(fixture.database).entriesAfter(partitionOf(id), 0, 1_000);
    expect(entries.map(({ n }) => n)).toEqual(Array.from(entries, (_, at) => at + 1));
    expect(entries.filter((entry) => 'unreadable' in entry)).toMatchObject([
      { n: raw?.n, unreadable: 'an id is broken', fields: { u: Buffer.from('short') } },
    ]);
    expect(await fixture.database.collection(events).countDocuments({ p: partitionOf(id) })).toBeGreaterThan(0);
    // It can never be read; what came behind it can, once somebody has said so.
    expect(await projectors.replay(id)).toBeNull();
    expect(await projected(id)).toBe(3);
    await fixture.say(id, 'goes on');
    await project(projectors, id);
    expect(await projected(id)).toBe(4);
    expect((await rebuild(fixture.database, allProjections, { verifyOnly: true })).equal).toBe(true);
  });

  test('a hole that nothing explains parks the conversation behind it; a replay goes on from there', async () => {
    const id = await fixture.group();
    // Whose entry it was can not be told any more.
    await tamperedCopy(id, { c: 'nobody' });
    const seq = await fixture.say(id, 'behind the hole');
    await using projectors = new ProjectorSet(fixture.setting());
    await project(projectors, id);
    expect([await projected(id), await archivedHead(fixture.database, id)]).toEqual([1, seq]);
    const letters = fixture.database.collection(deadLetters);
    expect(await letters.findOne({ conversation: idBinary(id) })).toMatchObject({
      seq,
      reason: 'Seq 2 is missing before it.',
    });
    expect(await projectors.replay(id)).toBeNull();
    expect(await projected(id)).toBe(seq);
    expect(await fixture.database.collection(parked).findOne({ _id: idBinary(id) })).toBeNull();
    expect((await rebuild(fixture.database, allProjections, { verifyOnly: true })).equal).toBe(true);
  });
});

/** Puts a changed copy of the partition's last entry behind it, as a broken writer would. */
async function tamperedCopy(id: ConversationId, change: Record<string, string>): Promise<void> {
  const tag = `{p${String(partitionOf(id)).padStart(2, '0')}}:`;
  const [last] = await fixture.raw.xrevrangeBuffer(`${tag}log`, '+', '-', 'COUNT', 1);
  const flat = last?.[1] ?? [];
  const fields = new Map<string, Buffer | string>();
  for (let at = 0; at < flat.length; at += 2) fields.set(String(flat[at]), flat[at + 1] ?? '');
  const seq = Number(String(fields.get('q'))) + 1;
  for (const [name, value] of Object.entries({ q: String(seq), ...change })) fields.set(name, value);
  fields.set('i', Buffer.from(`${seq}`.padStart(16, '0')));
  const n = await fixture.raw.hincrby(`${tag}epoch`, 'n', 1);
  await fixture.raw.xadd(`${tag}log`, `${n}-0`, ...[...fields].flat());
  const idBytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  await fixture.raw.hset(Buffer.concat([Buffer.from(`${tag}c:`), idBytes]), 'h', seq);
  await fixture.raw.rpush(Buffer.concat([Buffer.from(`${tag}t:`), idBytes]), n);
}
