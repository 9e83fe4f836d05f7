import { partitionOf, type ConversationId } from '@parley/events';
import { checkpoints, takeFence } from '@parley/read-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { ProjectorSet } from './projector-set.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

const placeOf = async (id: ConversationId): Promise<number> =>
  (await fixture.database.collection(checkpoints).findOne({ _id: partitionOf(id) }))?.n ?? 0;
const headOf = async (id: ConversationId): Promise<number> => (await fixture.work.heads([partitionOf(id)]))[0] ?? 0;

async function projected(id: ConversationId): Promise<void> {
  const head = await headOf(id);
  await expect.poll(() => placeOf(id), { timeout: 60_000, interval: 10 }).toBe(head);
}

test('trap 18 what is appended after a run’s last look at the log, and wakes nobody, is projected by that run', async () => {
  const id = await fixture.group();
  await fixture.projector(partitionOf(id)).run();
  let woken = 0;
  fixture.onAtRest = () => (woken += 1);
  await fixture.say(id, 'it wakes the run');
  let looks = 0;
  const more = async (): Promise<boolean> => {
    looks += 1;
    if (looks === 1) await fixture.say(id, 'after the last look');
    return false;
  };
  const outcome = await fixture.projector(partitionOf(id)).run({ goOn: () => true, more });
  fixture.onAtRest = () => undefined;
  expect([outcome, await placeOf(id), woken]).toEqual(['caught_up', await headOf(id), 1]);
});

test('what a run committed before it lost its partition is known to be archived', async () => {
  const id = await fixture.group();
  await fixture.projector(partitionOf(id)).run();
  await fixture.say(id, 'committed');
  await using session = fixture.database.client.startSession();
  const more = async (): Promise<boolean> => {
    await takeFence(fixture.database, partitionOf(id), session);
    await fixture.say(id, 'of whoever holds it now');
    return true;
  };
  expect(await fixture.projector(partitionOf(id)).run({ goOn: () => true, more })).toBe('lost');
  const [access] = await fixture.log.access(fixture.alice.userId, [id]);
  expect(access?.conversation).toMatchObject({ unarchived: 3, head: 3 });
});

test('a run that follows takes what comes while it waits, and leaves when another wants its partition', async () => {
  const id = await fixture.group();
  await using projectors = new ProjectorSet(fixture.setting());
  const following = projectors.follow(partitionOf(id));
  await projected(id);
  await fixture.say(id, 'nobody is woken for this');
  await projected(id);
  expect(await projectors.run(partitionOf(id))).toBe('caught_up');
  expect(await following).toBe('caught_up');
});

test('a run that follows ends with the worker', async () => {
  const id = await fixture.group();
  const projectors = new ProjectorSet(fixture.setting());
  const following = projectors.follow(partitionOf(id));
  await projected(id);
  await fixture.say(id, 'one more');
  await projected(id);
  await projectors[Symbol.asyncDispose]();
  expect(await following).toBe('caught_up');
});
