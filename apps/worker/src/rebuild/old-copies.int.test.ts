import { partitionOf } from '@parley/events';
import { readModelNames, shadows, type Database } from '@parley/read-models';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { allProjections } from '../projections/all-projections.ts';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { readStanding } from './position.ts';
import { rebuild } from './rebuild.ts';
import { Shadow } from './shadow.ts';
import { ShadowLease } from './shadow-lease.ts';
import { switchTo } from './switch-models.ts';

let fixture: ProjectionFixture;
let database: Database;

beforeAll(async () => {
  fixture = await ProjectionFixture.start();
  database = fixture.database;
  const id = await fixture.group();
  await fixture.say(id, 'one');
  const projector = fixture.projector(partitionOf(id));
  await projector.run();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

const switched = () => rebuild(database, allProjections, { verifyOnly: false });
const sorted = (...names: readonly string[][]): string[] => names.flat().sort();

/** Names of the collections that are live now. */
async function live(): Promise<string[]> {
  const pointer = await database.readPointer();
  return readModelNames.map((name) => pointer[name]);
}

/** Names of all copies of read models. */
async function copies(): Promise<string[]> {
  const found = await database.db.listCollections({ name: /^(conversations|members|overlays)(_|$)/ }).toArray();
  return sorted(found.map(({ name }) => name));
}

/** Leaves what a rebuild does that was killed a while ago. */
async function killedRebuild(suffix: string): Promise<void> {
  await database.collection(shadows).insertOne({ _id: suffix, until: new Date(0) });
  await Promise.all(allProjections.map((projection) => projection.reset(database, projection.name + suffix)));
}

describe('a switch', () => {
  test('drops what the one before and dead rebuilds left behind, and nothing that is live or in use', async () => {
    await using other = await Shadow.create(database, allProjections);
    const inUse = other.pairs().map(({ shadow }) => shadow.collectionName);
    await killedRebuild('_dead');
    await database.db.createCollection('members_withoutalease');

    const first = await live();
    await switched();
    const second = await live();
    expect(await copies()).toEqual(sorted(first, second, inUse));
    await switched();
    expect(await copies()).toEqual(sorted(second, await live(), inUse));
    expect((await rebuild(database, allProjections, { verifyOnly: true })).equal).toBe(true);
  });

  test('is not made onto copies that were dropped because their rebuild stood still', async () => {
    const before = await live();
    await using shadow = await Shadow.create(database, allProjections);
    await database.collection(shadows).updateMany({}, { $set: { until: new Date(0) } });
    const standing = await readStanding(database);
    await expect(switchTo(database, shadow, standing)).rejects.toThrow('rebuild again');
    expect(await live()).toEqual(before);
  });

  test('is not made where another rebuild has switched meanwhile', async () => {
    await using shadow = await Shadow.create(database, allProjections);
    await switched();
    const before = await live();
    expect(await switchTo(database, shadow, await readStanding(database))).toBe(false);
    expect(await live()).toEqual(before);
  });
});

test('copies are in use as long as the process lives that fills them', async () => {
  const until = async () => (await database.collection(shadows).findOne({ _id: '_alive' }))?.until.getTime();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const lease = await ShadowLease.take(database, '_alive');
    await database.collection(shadows).updateOne({ _id: '_alive' }, { $set: { until: new Date(0) } });
    vi.advanceTimersByTime(20_000);
    await expect.poll(until).toBeGreaterThan(0);
    lease.stop();
    await lease.end();
  } finally {
    vi.useRealTimers();
  }
});
