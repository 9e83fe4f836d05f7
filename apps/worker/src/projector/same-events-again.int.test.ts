import { createHash } from 'node:crypto';
import { partitionOf, type Partition } from '@parley/events';
import { archiveHeads, checkpoints, events, readModelNames } from '@parley/read-models';
import { BSON, type Collection } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainCollection } from '../rebuild/plain-collection.ts';
import { newActor, ProjectionFixture } from '../testing/projection-fixture.ts';

let fixture: ProjectionFixture;
let partition: Partition;

beforeAll(async () => {
  fixture = await ProjectionFixture.start();
  // Each kind of event that changes what is there, somebody who goes and comes back, and somebody who comes late.
  const id = await fixture.group('joined');
  partition = partitionOf(id);
  const first = await fixture.say(id, 'one');
  await fixture.change(id, 'message.edited', first, { content: { suite: 'none', text: 'uno' } });
  const reaction = { reaction: { emoji: '🌱', suite: 'none' } };
  await fixture.change(id, 'reaction.added', first, reaction, fixture.bob);
  await fixture.change(id, 'reaction.removed', first, reaction, fixture.bob);
  await fixture.remove(id, fixture.bob.userId);
  await fixture.change(id, 'message.deleted', await fixture.say(id, 'two'));
  await fixture.add(id, fixture.bob.userId);
  await fixture.changeRole(id, fixture.bob.userId, 'moderator');
  await fixture.say(id, 'three', fixture.bob);
  await fixture.add(id, newActor().userId);
  await project(500);
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

async function project(batch: number): Promise<void> {
  const projector = fixture.projector(partition, { batch });
  expect(await projector.run()).toBe('caught_up');
}

/** Lets the projector take all events of the partition for new ones, while the read models have them already. */
async function forgetThatTheyWereTaken(): Promise<void> {
  const { database } = fixture;
  await database.collection(events).deleteMany({ p: partition });
  await database.collection(archiveHeads).deleteMany({ p: partition });
  await database.collection(checkpoints).updateOne({ _id: partition }, { $set: { n: 0 } });
}

/** @returns a digest of each read model and of the archive, with how many documents it has. */
async function digests(): Promise<Record<string, string>> {
  const { database } = fixture;
  const models = await database.readModels();
  const collections = [...readModelNames.map((name) => models[name]), database.collection(events)].map(plainCollection);
  const found = collections.map(async (one): Promise<[string, string]> => [one.collectionName, await digestOf(one)]);
  return Object.fromEntries(await Promise.all(found));
}

async function digestOf(collection: Collection): Promise<string> {
  const documents = await collection.find().sort({ _id: 1 }).toArray();
  const text = BSON.EJSON.stringify(documents, { relaxed: false });
  return `${documents.length} ${createHash('sha256').update(text).digest('hex')}`;
}

test.each([1, 3, 500])('G8 the same events once more, %i in a transaction, change nothing', async (batch) => {
  const before = await digests();
  const taken = await fixture.database.collection(checkpoints).findOne({ _id: partition });
  await forgetThatTheyWereTaken();
  expect(await digests()).not.toEqual(before);
  await project(batch);
  expect(await fixture.database.collection(checkpoints).findOne({ _id: partition })).toMatchObject({ n: taken?.n });
  expect(await digests()).toEqual(before);
});
