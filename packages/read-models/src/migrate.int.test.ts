import { ephemeralMongo, type LocalServer } from '@parley/servers';
import { Binary, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allCollections } from './collections.ts';
import { openDatabase, type Database } from './database.ts';
import { checkpoints } from './documents/checkpoints.ts';
import { events } from './documents/events.ts';
import { members } from './documents/members.ts';
import { readModelPointer } from './documents/read-model-pointer.ts';
import { migrate } from './migrate.ts';

let server: LocalServer;
let database: Database;
beforeAll(async () => {
  server = await ephemeralMongo();
  database = openDatabase(server.url);
  await Promise.all([migrate(database), migrate(database), migrate(database)]);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server.stop();
});

describe('migration', () => {
  test('several processes at once make every collection with its validator and indexes', async () => {
    const found = await database.db.listCollections({}, { nameOnly: false }).toArray();
    for (const spec of allCollections) {
      const info = found.find(({ name }) => name === spec.name);
      expect(info?.options?.validationAction, spec.name).toBe('error');
      const indexes = await database.db.collection(spec.name).indexes();
      expect(indexes.map(({ name }) => name)).toEqual(['_id_', ...spec.indexes.map(({ name }) => name)]);
    }
  });

  test('a lock whose holder died is taken over', async () => {
    const locks = database.db.collection<{ _id: string; holder: string; until: Date }>('migration');
    await locks.insertOne({ _id: 'lock', holder: 'a dead process', until: new Date(Date.now() - 1) });
    await migrate(database);
    expect(await locks.countDocuments()).toBe(0);
  });

  test('goes through although a killed process left a transaction open', async () => {
    const session = database.client.startSession();
    session.startTransaction();
    const checkpoint = { _id: 63, fence: 1, epoch: '0123456789abcdef', n: 0 };
    await database.db.collection<{ _id: number }>(checkpoints.name).insertOne(checkpoint, { session });
    await migrate(database);
    await session.abortTransaction();
    await session.endSession();
  });

  test('reaches a read model where it lives since a rebuild, and makes no collection that nobody uses', async () => {
    const { db } = database;
    const [pointer, live] = [database.collection(readModelPointer), 'members_rebuilt'];
    const copies = { conversations: 'conversations', members: live, overlays: 'overlays' };
    await db.createCollection(live);
    await db.dropCollection(members.name);
    await pointer.insertOne({ _id: 'current', ...copies, switchedAt: new Date() });
    await migrate(database);
    const indexes = await db.collection(live).indexes();
    expect(indexes.map(({ name }) => name)).toEqual(['_id_', ...members.indexes.map(({ name }) => name)]);
    await expect(db.collection(live).insertOne({ nobodyKnows: 1 })).rejects.toThrow(/failed validation/);
    expect(await db.listCollections({ name: members.name }).toArray()).toEqual([]);
    await pointer.deleteOne({ _id: 'current' });
    await migrate(database);
  });

  test.each(allCollections.map(({ name }) => name))('%s refuses a document of the wrong shape', async (name) => {
    const bad = { _id: new Binary(Buffer.from(name)), nobodyKnows: 1 };
    await expect(database.db.collection<{ _id: Binary }>(name).insertOne(bad)).rejects.toThrow(MongoServerError);
  });

  test('a field of the wrong type and a field too many are refused', async () => {
    const checkpoint = { _id: 1, fence: 1, epoch: '0123456789abcdef', n: 0 };
    const collection = database.db.collection<{ _id: number }>(checkpoints.name);
    await collection.insertOne(checkpoint);
    const change = (fields: object) => collection.updateOne({ _id: 1 }, { $set: fields });
    await expect(change({ n: 'ten' })).rejects.toThrow(/failed validation/);
    await expect(change({ n: -1 })).rejects.toThrow(/failed validation/);
    await expect(change({ epoch: 'XYZ' })).rejects.toThrow(/failed validation/);
    await expect(change({ more: true })).rejects.toThrow(/failed validation/);
    await change({ n: 5 });
    expect(await database.collection(events).countDocuments()).toBe(0);
  });
});
