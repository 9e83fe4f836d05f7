import { newId, partitionOf, type ConversationId, type Epoch } from '@parley/events';
import { raiseMark } from '@parley/events/log';
import { marks, memberKey, openDatabase } from '@parley/read-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { flushMarks } from './flush-marks.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

const epoch = '00000000000000aa' as Epoch;

async function raise(conversationId: ConversationId, read: number): Promise<void> {
  const { userId } = fixture.alice;
  await raiseMark(fixture.raw, { conversationId, userId, epoch, read, delivered: read }, () => Promise.resolve(0));
}

async function kept(conversationId: ConversationId): Promise<number | undefined> {
  const _id = memberKey(conversationId, fixture.alice.userId);
  return (await fixture.database.collection(marks).findOne({ _id }))?.read;
}

test('a mark that is raised just after it was read for MongoDB is written by the next flush', async () => {
  const id = newId<ConversationId>();
  await raise(id, 3);
  const racing = fixture.raw.duplicate();
  racing.hgetall = async (key) => {
    const found = await fixture.raw.hgetall(key);
    await raise(id, 5);
    return found;
  };
  expect(await flushMarks(racing, fixture.database)).toBe(1);
  expect(await kept(id)).toBe(3);
  expect(await flushMarks(fixture.raw, fixture.database)).toBe(1);
  expect(await kept(id)).toBe(5);
  expect(await flushMarks(fixture.raw, fixture.database)).toBe(0);
  racing.disconnect();
});

test('D7: what MongoDB did not take is written by the next flush, of every partition', async () => {
  const ids = conversationsOfTwoPartitions();
  for (const id of ids) await raise(id, 7);
  await using away = openDatabase('mongodb://127.0.0.1:1/parley?serverSelectionTimeoutMS=200');
  await expect(flushMarks(fixture.raw, away)).rejects.toThrow();
  expect(await flushMarks(fixture.raw, fixture.database)).toBe(ids.length);
  for (const id of ids) expect(await kept(id)).toBe(7);
});

function conversationsOfTwoPartitions(): ConversationId[] {
  const first = newId<ConversationId>();
  let second = newId<ConversationId>();
  while (partitionOf(second) === partitionOf(first)) second = newId<ConversationId>();
  return [first, second];
}
