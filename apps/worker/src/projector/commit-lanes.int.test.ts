import { partitionOf, type ConversationId, type Partition } from '@parley/events';
import type { LogWork } from '@parley/events/log';
import { checkpoints, events } from '@parley/read-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allProjections } from '../projections/all-projections.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { afterWrites } from '../testing/after-writes.ts';
import { instead } from '../testing/instead.ts';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { CommitLanes } from './commit-lanes.ts';
import { PartitionProjector, type ProjectorSetting } from './partition.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

interface OplogEntry {
  readonly o: { readonly applyOps?: readonly { readonly ns: string; readonly o2?: { readonly _id?: unknown } }[] };
}

/**
 * Groups whose partitions share a lane, each with one message, and a projector for each in one process.
 * @param change of their setting.
 */
async function neighbours(
  count: number,
  change: (ids: readonly ConversationId[]) => Partial<ProjectorSetting> = () => ({}),
) {
  const ids: ConversationId[] = [];
  while (ids.length < count) {
    const id = await fixture.group();
    if (partitionOf(id) % 4 === partitionOf(ids[0] ?? id) % 4) ids.push(id);
  }
  for (const id of ids) await fixture.say(id, 'one');
  const setting = fixture.setting(change(ids));
  const lanes = new CommitLanes(setting.database, setting.projections);
  return { ids, projectors: ids.map((id) => new PartitionProjector(partitionOf(id), setting, lanes)) };
}

const archivedOf = (id: ConversationId) => fixture.database.collection(events).countDocuments({ p: partitionOf(id) });

/** @returns of each transaction so far how many checkpoints it moved. */
async function movedTogether(): Promise<number[]> {
  const oplog = fixture.database.client.db('local').collection<OplogEntry>('oplog.rs');
  const commits = await oplog.find({ 'o.applyOps.ns': /\.checkpoints$/ }).toArray();
  return commits.map(({ o }) => o.applyOps?.filter(({ ns }) => ns.endsWith('.checkpoints')).length ?? 0);
}

test('G9 batches that several partitions have at the same time are one transaction', async () => {
  const { ids, projectors } = await neighbours(4);
  await Promise.all(projectors.map((projector) => projector.run()));
  for (const id of ids) await fixture.say(id, 'two');
  expect(await Promise.all(projectors.map((projector) => projector.run()))).toEqual(ids.map(() => 'caught_up'));
  expect(Math.max(...(await movedTogether()))).toBeGreaterThan(1);
});

test('G9 a partition whose fence was taken is left out, and what the others have with it is written all the same', async () => {
  const taken = taking();
  // All wait until it is taken: between each projector's look at its fence and its transaction.
  const readLog: LogWork['readLog'] = async (partition, ...rest) => {
    if (taken.isDue(partition)) await taken.take();
    await taken.done();
    return fixture.work.readLog(partition, ...rest);
  };
  const { ids, projectors } = await neighbours(4, () => ({ log: instead(fixture.work, { readLog }) }));
  const others = await expectOneLost(ids, projectors, taken);
  expect((await movedTogether()).at(-1)).toBe(others.length);
  await expectWhole(ids, projectors);
});

test('G9 where a transaction fails and nobody can tell by whom, each of its partitions is tried by itself', async () => {
  const taken = taking();
  const database = afterWrites(fixture.database, 'conversations', async () => {
    if (taken.isDue()) await taken.take();
  });
  const { ids, projectors } = await neighbours(4, () => ({ database }));
  const others = await expectOneLost(ids, projectors, taken);
  expect((await movedTogether()).slice(-others.length)).toEqual(others.map(() => 1));
  await expectWhole(ids, projectors);
});

/** Takes the fence of a partition once, when it is told of which. */
function taking() {
  const over = Promise.withResolvers<undefined>();
  let partition: Partition | undefined;
  let isTaken = false;
  return {
    arm: (id: ConversationId) => (partition = partitionOf(id)),
    isDue: (asked = partition) => partition !== undefined && asked === partition && !isTaken,
    take: async () => {
      if (partition === undefined) return;
      isTaken = true;
      await fixture.database.collection(checkpoints).updateOne({ _id: partition }, { $inc: { fence: 1 } });
      over.resolve(undefined);
    },
    done: () => (partition === undefined ? undefined : over.promise),
  };
}

/** Each has something to commit, and the first loses its fence meanwhile. @returns the others. */
async function expectOneLost(
  ids: readonly ConversationId[],
  projectors: readonly PartitionProjector[],
  taken: ReturnType<typeof taking>,
): Promise<readonly ConversationId[]> {
  expect(await Promise.all(projectors.map((projector) => projector.run()))).toEqual(ids.map(() => 'caught_up'));
  for (const id of ids) await fixture.say(id, 'two');
  const [first, ...others] = ids;
  if (!first) throw new Error('There is no conversation.');
  taken.arm(first);
  const outcomes = await Promise.all(projectors.map((projector) => projector.run()));
  expect(outcomes).toEqual(['lost', ...others.map(() => 'caught_up')]);
  for (const id of others) expect(await archivedOf(id)).toBe(3);
  return others;
}

async function expectWhole(ids: readonly ConversationId[], [first]: readonly PartitionProjector[]): Promise<void> {
  await expect.poll(() => first?.run()).toBe('caught_up');
  for (const id of ids) expect(await archivedOf(id)).toBe(3);
  expect((await rebuild(fixture.database, allProjections, { verifyOnly: true })).equal).toBe(true);
}
