import { partitionOf, PARTITIONS, type ConversationId } from '@parley/events';
import type { LogWork } from '@parley/events/log';
import { archiveHeads, eventKey, events, idBinary, rawEntries, type EventDocument } from '@parley/read-models';
import { Binary } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allProjections } from '../projections/all-projections.ts';
import { placeId } from '../projector/dead-letter.ts';
import { commitmentOf } from '../projector/event-chain.ts';
import { ProjectorSet } from '../projector/projector-set.ts';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { linkAfter, type BrokenEvent } from './conversation-check.ts';
import { rebuild, rebuildConversation } from './rebuild.ts';
import { reportText } from './report.ts';

const NEWEST = 5;
let fixture: ProjectionFixture;
let id: ConversationId;
/** A second conversation, in a later partition, whose events must not be named. */
let other: ConversationId;

beforeAll(async () => {
  fixture = await ProjectionFixture.start();
  [id, other] = [await fixture.group(), await fixture.group()];
  if (partitionOf(other) < partitionOf(id)) [id, other] = [other, id];
  await using projectors = new ProjectorSet(fixture.setting());
  for (const one of [id, other]) {
    for (const text of ['one', 'two', 'three', 'four']) await fixture.say(one, text);
    expect(await projectors.run(partitionOf(one))).toBe('caught_up');
  }
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

const archive = () => fixture.database.collection(events);
const heads = () => fixture.database.collection(archiveHeads);
const verify = () => rebuild(fixture.database, allProjections, { verifyOnly: true });
const verifyWithLog = () => rebuild(fixture.database, allProjections, { verifyOnly: true, log: fixture.work });
const one = (seq: number, what: BrokenEvent['what']) => ({ conversationId: id, seq, to: seq, what });
const missing = (seq: number, to = seq) => [{ ...one(seq, 'missing'), to }];
const lostAt = (n: number, to = n) => [{ partition: partitionOf(id), n, to }];
const verifyOne = (conversationId: ConversationId) =>
  rebuildConversation(fixture.database, allProjections, { conversationId, verifyOnly: true });

async function allOf(conversation: ConversationId): Promise<EventDocument[]> {
  const keys = { $gte: eventKey(conversation, 0), $lte: eventKey(conversation, 1_000) };
  return archive().find({ _id: keys }).sort({ _id: 1 }).toArray();
}

/** Changes the archive, looks at it, and puts back what was there. */
async function tamperedWith<T>(tamper: () => Promise<unknown>, look: () => Promise<T>): Promise<T> {
  const [stored, head] = [await allOf(id), await heads().findOne({ _id: idBinary(id) })];
  if (!head) throw new Error('The conversation has no head.');
  await tamper();
  try {
    return await look();
  } finally {
    for (const event of stored) await archive().replaceOne({ _id: event._id }, event, { upsert: true });
    await heads().replaceOne({ _id: head._id }, head, { upsert: true });
  }
}

const change = (seq: number, to: Partial<EventDocument>) =>
  archive().updateOne({ _id: eventKey(id, seq) }, { $set: to });
const drop = (...seqs: readonly number[]) =>
  archive().deleteMany({ _id: { $in: seqs.map((seq) => eventKey(id, seq)) } });
/** What an erasure would keep of an event. */
async function commitment(seq: number): Promise<Binary> {
  const { s, b = '' } = (await archive().findOne({ _id: eventKey(id, seq) })) ?? {};
  return new Binary(commitmentOf({ salt: s?.buffer ?? Buffer.alloc(0), content: Buffer.from(b) }));
}
const text = (said: string): string => JSON.stringify({ content: { suite: 'none', text: said } });

describe('rebuild --verify', () => {
  test('G7 trap 25 says equal where the archive is whole, and how much of it the log confirms', async () => {
    const report = await verifyWithLog();
    const archive = { archived: 10, broken: [], lost: [], unchained: 0, erased: 0 };
    expect(report).toMatchObject({ equal: true, archive });
    expect(report.log).toEqual({ compared: 10, partitions: PARTITIONS, broken: [], error: null });
    expect(reportText(report)).toContain('archive: 10 events, 0 missing or altered');
  });

  test('G7 trap 25 names a plain message that was taken out of the middle', async () => {
    const report = await tamperedWith(() => drop(3), verifyWithLog);
    expect(report).toMatchObject({ equal: false, archive: { broken: missing(3) }, log: { broken: missing(3) } });
    expect(report.archive?.lost).toEqual(lostAt(3));
    expect(reportText(report)).toContain(`${id} seq 3 is missing`);
  });

  test('G7 trap 25 names a message whose text was changed', async () => {
    const report = await tamperedWith(() => change(3, { b: text('never said') }), verifyWithLog);
    const altered = [one(3, 'altered')];
    expect(report).toMatchObject({ equal: false, archive: { broken: altered, lost: [] }, log: { broken: altered } });
  });

  test('G7 trap 25 names the newest archived event where that is gone', async () => {
    const report = await tamperedWith(() => drop(NEWEST), verify);
    expect(report).toMatchObject({ equal: false, archive: { broken: missing(NEWEST) } });
  });

  test('G7 trap 25 names every event of a conversation that is gone as a whole', async () => {
    const report = await tamperedWith(() => archive().deleteMany({ w: idBinary(id) }), verify);
    expect(report).toMatchObject({ equal: false, archive: { broken: missing(1, 5), lost: lostAt(1, 5) } });
  });

  test('G7 trap 25 names the places of a conversation that is gone together with its head', async () => {
    const report = await tamperedWith(async () => {
      await archive().deleteMany({ w: idBinary(id) });
      await heads().deleteOne({ _id: idBinary(id) });
    }, verify);
    expect(report).toMatchObject({ equal: false, archive: { broken: [], lost: lostAt(1, 5) } });
    expect(reportText(report)).toContain('5 places of the log without one');
    expect(reportText(report)).toContain('n 1 to 5 has no event');
  });

  test.each([
    ['who said it', () => change(3, { u: idBinary(fixture.bob.userId) })],
    ['that it is a message', () => archive().updateOne({ _id: eventKey(id, 3) }, { $unset: { m: '' } })],
    ['its chain', () => archive().updateOne({ _id: eventKey(id, 3) }, { $unset: { h: '' } })],
    ['its epoch', () => change(3, { e: new Binary(Buffer.alloc(8, 0xfe)) })],
    ['its partition', () => change(3, { p: (partitionOf(id) + 1) % 64, n: 1_000 })],
  ])('G7 names an event of which was changed %s', async (_, tamper) => {
    const { archive: found, equal } = await tamperedWith(tamper, verify);
    expect(equal).toBe(false);
    expect(found?.broken).toContainEqual(one(3, 'altered'));
    expect(found?.broken.every(({ conversationId }) => conversationId === id)).toBe(true);
  });

  test('G7 names the place of the log at which an event is not any more', async () => {
    const report = await tamperedWith(() => change(3, { n: 1_000 }), verify);
    expect(report).toMatchObject({ equal: false, archive: { lost: lostAt(3) } });
    expect(report.archive?.broken).toEqual([one(4, 'altered')]);
  });

  test('G7 names what the head of its conversation does not know of', async () => {
    const report = await tamperedWith(() => heads().updateOne({ _id: idBinary(id) }, { $set: { seq: 4 } }), verify);
    expect(report.archive?.broken).toMatchObject([
      { seq: 4, what: 'altered' },
      { seq: 5, what: 'unexpected' },
    ]);
  });

  test('G7 names what was changed together with all chains behind it, as long as the log has it', async () => {
    const rewrite = async (): Promise<void> => {
      await change(3, { b: text('never said') });
      const [first, second, ...later] = await allOf(id);
      if (!first || !second?.h) throw new Error('The second event has no chain.');
      let chain: Uint8Array = second.h.buffer;
      for (const event of later) {
        chain = linkAfter(chain, event);
        await archive().updateOne({ _id: event._id }, { $set: { h: new Binary(chain) } });
      }
      await heads().updateOne({ _id: idBinary(id) }, { $set: { h: new Binary(chain) } });
    };
    const report = await tamperedWith(rewrite, verifyWithLog);
    expect(report).toMatchObject({ equal: false, archive: { broken: [], lost: [] } });
    expect(report.log?.broken).toEqual([one(3, 'altered')]);
  });

  test('G7 names a text that was changed where its old commitment is put beside it', async () => {
    const c = await commitment(3);
    const report = await tamperedWith(() => change(3, { b: text('never said'), c }), verifyWithLog);
    const altered = { broken: [one(3, 'altered')] };
    expect(report).toMatchObject({ equal: false, archive: altered, log: altered });
  });

  test('G7 says how many events are erased: the chain goes on over their commitments', async () => {
    const c = await commitment(3);
    const erase = () => archive().updateOne({ _id: eventKey(id, 3) }, { $set: { c }, $unset: { s: '', b: '' } });
    const report = await tamperedWith(erase, verify);
    expect(report).toMatchObject({ archive: { broken: [], erased: 1 } });
    expect(reportText(report)).toContain('1 events are erased');
  });

  test('G7 a place of the log is lost though something was put into the raw entries for it', async () => {
    const [p, since] = [partitionOf(id), new Date()];
    const forged = { _id: placeId(p, 3), p, n: 3, fields: [], reason: 'forged', since };
    const raw = fixture.database.collection(rawEntries);
    const report = await tamperedWith(async () => {
      await drop(3);
      await raw.insertOne(forged);
    }, verify);
    await raw.deleteOne({ _id: forged._id });
    expect(report).toMatchObject({ equal: false, archive: { lost: lostAt(3) } });
  });

  test('G7 of one conversation looks at its part of the archive', async () => {
    const look = (conversation: ConversationId) => () => verifyOne(conversation);
    expect(await tamperedWith(() => drop(2), look(id))).toMatchObject({
      equal: false,
      archive: { broken: missing(2) },
    });
    const others = await tamperedWith(() => drop(2), look(other));
    expect(others).toMatchObject({ equal: true, archive: { archived: 5, broken: [] } });
  });

  test('G7 of one conversation names an event that was made unreadable, though nothing can be folded then', async () => {
    const own = await tamperedWith(
      () => change(3, { b: 'no JSON' }),
      () => verifyOne(id),
    );
    expect(own).toMatchObject({ equal: false, events: 0, archive: { broken: [one(3, 'altered')] } });
  });

  test('G7 reports an archive without the event that made a conversation, though nothing can be folded from it', async () => {
    const report = await tamperedWith(() => drop(1), verify);
    expect(report).toMatchObject({ equal: false, archive: { broken: missing(1) } });
  });

  test('a log that is away is not compared, which is told and no reason to fail', async () => {
    const away = { readLog: () => Promise.reject(new Error('Connection is closed.')) };
    const report = await rebuild(fixture.database, allProjections, { verifyOnly: true, log: away });
    expect(report).toMatchObject({ equal: true, log: { broken: [], error: 'Connection is closed.' } });
    expect(reportText(report)).toContain('of 64 partitions: Connection is closed.');
  });

  test('G7 what the log has shown to be altered stays so where the log goes away behind it', async () => {
    const readLog: LogWork['readLog'] = (partition, ...range) =>
      partition === partitionOf(other)
        ? Promise.reject(new Error('Connection is closed.'))
        : fixture.work.readLog(partition, ...range);
    const half = { verifyOnly: true, log: { readLog } };
    const report = await tamperedWith(
      () => change(3, { b: text('never said') }),
      () => rebuild(fixture.database, allProjections, half),
    );
    const log = { partitions: partitionOf(other), broken: [one(3, 'altered')] };
    expect(report).toMatchObject({ equal: false, log });
  });
});
