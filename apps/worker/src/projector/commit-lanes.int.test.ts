import { partitionOf, type ConversationId } from '@parley/events';
import { checkpoints, events } from '@parley/read-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allProjections } from '../projections/all-projections.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { CommitLanes } from './commit-lanes.ts';
import { PartitionProjector } from './partition.ts';

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

/** Groups whose partitions share a lane, each with one message, and a projector for each in one process. */
async function neighbours(count: number) {
  const ids: ConversationId[] = [];
  while (ids.length < count) {
    const id = await fixture.group();
    if (partitionOf(id) % 4 === partitionOf(ids[0] ?? id) % 4) ids.push(id);
  }
  for (const id of ids) await fixture.say(id, 'one');
  const setting = fixture.setting();
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
  const { ids, projectors } = await neighbours(4);
  expect(await Promise.all(projectors.map((projector) => projector.run()))).toEqual(ids.map(() => 'caught_up'));
  for (const id of ids) await fixture.say(id, 'two');
  const [taken, ...others] = ids;
  if (!taken) throw new Error('There is no conversation.');
  const runs = projectors.map((projector) => projector.run());
  // Whoever reads between a projector's look at its fence and its commit has taken nothing yet: so it is taken here.
  await fixture.database.collection(checkpoints).updateOne({ _id: partitionOf(taken) }, { $inc: { fence: 1 } });
  const outcomes = await Promise.all(runs);
  expect(outcomes.slice(1)).toEqual(others.map(() => 'caught_up'));
  for (const id of others) expect(await archivedOf(id)).toBe(3);
  expect((await movedTogether()).at(-1)).toBe(others.length);
  await expect.poll(() => projectors[0]?.run()).toBe('caught_up');
  expect(await archivedOf(taken)).toBe(3);
  expect((await rebuild(fixture.database, allProjections, { verifyOnly: true })).equal).toBe(true);
});
