import { newId, type ConversationId, type Epoch } from '@parley/events';
import { raiseMark } from '@parley/events/log';
import { marks, memberKey } from '@parley/read-models';
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
