import { partitionOf, type ConversationId } from '@parley/events';
import { archiveHeads, eventKey, events, idBinary, type EventDocument } from '@parley/read-models';
import { Binary } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allProjections } from '../projections/all-projections.ts';
import { ProjectorSet } from '../projector/projector-set.ts';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { verifyConversation } from './archive-check.ts';
import { linkAfter } from './conversation-check.ts';
import { rebuild } from './rebuild.ts';
import { reportText } from './report.ts';

const NEWEST = 5;
let fixture: ProjectionFixture;
let id: ConversationId;
/** A second conversation, whose events must not be named. */
let other: ConversationId;

beforeAll(async () => {
  fixture = await ProjectionFixture.start();
  [id, other] = [await fixture.group(), await fixture.group()];
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
const named = (...seqs: readonly number[]) => seqs.map((seq) => ({ conversationId: id, seq, what: 'missing' }));

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
const text = (said: string): string => JSON.stringify({ content: { suite: 'none', text: said } });

describe('rebuild --verify', () => {
  test('G7 trap 25 says equal where the archive is whole, and how much of it the log confirms', async () => {
    const report = await verifyWithLog();
    expect(report).toMatchObject({ equal: true, archive: { archived: 10, broken: [], lost: [], unchained: 0 } });
    expect(report.log).toEqual({ compared: 10, broken: [] });
    expect(reportText(report)).toContain('archive: 10 events, 0 missing or altered');
  });

  test('G7 trap 25 names a plain message that was taken out of the middle', async () => {
    const report = await tamperedWith(() => drop(3), verifyWithLog);
    expect(report).toMatchObject({ equal: false, archive: { broken: named(3) }, log: { broken: named(3) } });
    expect(report.archive?.lost).toEqual([{ partition: partitionOf(id), n: 3 }]);
    expect(reportText(report)).toContain(`${id} seq 3 is missing`);
  });

  test('G7 trap 25 names a message whose text was changed', async () => {
    const report = await tamperedWith(() => change(3, { b: text('never said') }), verifyWithLog);
    const altered = [{ conversationId: id, seq: 3, what: 'altered' }];
    expect(report).toMatchObject({ equal: false, archive: { broken: altered, lost: [] }, log: { broken: altered } });
  });

  test('G7 trap 25 names the newest archived event where that is gone', async () => {
    const report = await tamperedWith(() => drop(NEWEST), verify);
    expect(report).toMatchObject({ equal: false, archive: { broken: named(NEWEST) } });
  });

  test('G7 trap 25 names every event of a conversation that is gone as a whole', async () => {
    const report = await tamperedWith(() => archive().deleteMany({ w: idBinary(id) }), verify);
    expect(report).toMatchObject({ equal: false, archive: { broken: named(1, 2, 3, 4, 5) } });
  });

  test('G7 trap 25 names the places of a conversation that is gone together with its head', async () => {
    const report = await tamperedWith(async () => {
      await archive().deleteMany({ w: idBinary(id) });
      await heads().deleteOne({ _id: idBinary(id) });
    }, verify);
    const lost = [1, 2, 3, 4, 5].map((n) => ({ partition: partitionOf(id), n }));
    expect(report).toMatchObject({ equal: false, archive: { broken: [], lost } });
  });

  test.each([
    ['who said it', () => change(3, { u: idBinary(fixture.bob.userId) })],
    ['that it is a message', () => archive().updateOne({ _id: eventKey(id, 3) }, { $unset: { m: '' } })],
    ['its chain', () => archive().updateOne({ _id: eventKey(id, 3) }, { $unset: { h: '' } })],
    ['its partition', () => change(3, { p: (partitionOf(id) + 1) % 64, n: 1_000 })],
  ])('G7 names an event of which was changed %s', async (_, tamper) => {
    const { archive: found, equal } = await tamperedWith(tamper, verify);
    expect(equal).toBe(false);
    expect(found?.broken).toContainEqual({ conversationId: id, seq: 3, what: 'altered' });
    expect(found?.broken.every(({ conversationId }) => conversationId === id)).toBe(true);
  });

  test('G7 names the place of the log at which an event is not any more', async () => {
    const report = await tamperedWith(() => change(3, { n: 1_000 }), verify);
    expect(report).toMatchObject({ equal: false, archive: { lost: [{ partition: partitionOf(id), n: 3 }] } });
    expect(report.archive?.broken).toEqual([{ conversationId: id, seq: 4, what: 'altered' }]);
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
    expect(report.log?.broken).toEqual([{ conversationId: id, seq: 3, what: 'altered' }]);
  });

  test('G7 of one conversation looks at its part of the archive', async () => {
    const own = await tamperedWith(
      () => drop(2),
      () => verifyConversation(fixture.database, id),
    );
    expect(own.broken).toEqual(named(2));
    const others = await tamperedWith(
      () => drop(2),
      () => verifyConversation(fixture.database, other),
    );
    expect(others).toMatchObject({ archived: 5, broken: [] });
  });

  test('G7 reports an archive without the event that made a conversation, though nothing can be folded from it', async () => {
    const report = await tamperedWith(() => drop(1), verify);
    expect(report).toMatchObject({ equal: false, archive: { broken: named(1) } });
  });

  test('a log that is away is not compared, and no reason to fail', async () => {
    const away = { readLog: () => Promise.reject(new Error('Connection is closed.')) };
    const report = await rebuild(fixture.database, allProjections, { verifyOnly: true, log: away });
    expect(report).toMatchObject({ equal: true, log: null });
  });
});
