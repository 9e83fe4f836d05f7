import { partitionOf, type ConversationId } from '@parley/events';
import { checkpoints, eventKey, events, idBinary, takeFence, type Fence } from '@parley/read-models';
import { MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { afterWrites } from '../testing/after-writes.ts';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { allProjections } from '../projections/all-projections.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { FenceLostError, moveCheckpoints, stillHolds } from './checkpoint.ts';
import { inTransaction } from './transaction.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

const checkpointOf = (id: ConversationId) => fixture.database.collection(checkpoints).findOne({ _id: partitionOf(id) });
const archivedOf = (id: ConversationId) => fixture.database.collection(events).countDocuments({ p: partitionOf(id) });

interface OplogEntry {
  readonly o: { readonly applyOps?: readonly { readonly ns: string; readonly o: { readonly _id?: unknown } }[] };
}

describe('a batch', () => {
  test('G9 archive, read models and checkpoint are one transaction in the server’s own journal of writes', async () => {
    const id = await fixture.group();
    await fixture.say(id, 'one');
    const projector = fixture.projector(partitionOf(id));
    expect(await projector.run()).toBe('caught_up');
    const oplog = fixture.database.client.db('local').collection<OplogEntry>('oplog.rs');
    const key = eventKey(id, 2);
    const found = await oplog.find({ 'o.applyOps.o._id': key }).toArray();
    expect(found).toHaveLength(1);
    const written = new Set(found[0]?.o.applyOps?.map(({ ns }) => ns.slice(ns.indexOf('.') + 1)));
    for (const name of ['events', 'archive_heads', 'conversations', 'members', 'checkpoints']) {
      expect([...written]).toContain(name);
    }
  });

  test('G9 a batch that fails at its end leaves checkpoint and archive as they were; the next run does all of it', async () => {
    const id = await fixture.group();
    await fixture.say(id, 'one');
    let broken = true;
    const full = afterWrites(fixture.database, 'members', () => {
      if (broken) throw new Error('The disk of this test is full.');
    });
    const projector = fixture.projector(partitionOf(id), { database: full });
    await expect(projector.run()).rejects.toThrow('disk of this test');
    expect([(await checkpointOf(id))?.n, await archivedOf(id)]).toEqual([0, 0]);
    broken = false;
    expect(await projector.run()).toBe('caught_up');
    expect([(await checkpointOf(id))?.n, await archivedOf(id)]).toEqual([2, 2]);
    expect((await rebuild(fixture.database, allProjections, { verifyOnly: true })).equal).toBe(true);
  });

  test.each([
    ['another fence', (fence: Fence) => ({ ...fence, fence: fence.fence - 1 })],
    ['another epoch', (fence: Fence) => ({ ...fence, epoch: 'feedfeedfeedfeed' })],
    ['another place', (fence: Fence) => ({ ...fence, n: fence.n + 1 })],
  ])('G9 the checkpoint is not moved by who has %s, and what was written with it is gone', async (_, stale) => {
    const id = await fixture.group();
    const { database } = fixture;
    await database.client.withSession(async (session) => {
      const fence = await takeFence(database, partitionOf(id), session);
      if (!fence) throw new Error('The partition has no epoch.');
      const other = stale(fence);
      const attempt = inTransaction(session, async () => {
        await database.collection(checkpoints).updateOne({ _id: 99 }, { $set: { n: 1 } }, { session });
        return moveCheckpoints(database, [{ fence: other, to: other.n + 5 }], session);
      });
      await expect(attempt).rejects.toBeInstanceOf(FenceLostError);
      expect([await stillHolds(database, other), await stillHolds(database, fence)]).toEqual([false, true]);
      expect((await checkpointOf(id))?.n).toBe(fence.n);
      const own = [{ fence, to: fence.n }];
      expect(await inTransaction(session, () => moveCheckpoints(database, own, session))).toEqual([fence]);
    });
  });

  test('G9 a projector that lost its fence between two runs takes up the place of its successor', async () => {
    const id = await fixture.group();
    const [first, second] = [0, 1].map(() => fixture.projector(partitionOf(id)));
    expect(await first?.run()).toBe('caught_up');
    await fixture.say(id, 'for the second');
    expect(await second?.run()).toBe('caught_up');
    await fixture.say(id, 'for the first again');
    expect(await first?.run()).toBe('caught_up');
    expect([(await checkpointOf(id))?.n, await archivedOf(id)]).toEqual([3, 3]);
  });
});

describe('the archive', () => {
  test.each([
    ['one seq of a conversation', { _id: true }],
    ['one place of the log', { p: true, n: true }],
    ['one command of one user in one conversation', { w: true, k: true, u: true }],
  ])('G2 G9 takes no second event of %s', async (_, same: Readonly<Record<string, boolean>>) => {
    const id = await fixture.group();
    const projector = fixture.projector(partitionOf(id));
    await projector.run();
    const collection = fixture.database.collection(events);
    const first = await collection.findOne({ _id: eventKey(id, 1) });
    if (!first) throw new Error('The first event is not archived.');
    const other = { ...first, _id: eventKey(id, 77), n: 1_000_077, u: idBinary(fixture.bob.userId) };
    expect((await collection.insertOne(other)).acknowledged).toBe(true);
    const fresh = {
      ...first,
      _id: eventKey(id, 78),
      n: 1_000_078,
      k: idBinary(fixture.bob.deviceId),
    };
    const twice = Object.fromEntries(Object.keys(same).map((field) => [field, first[field as keyof typeof first]]));
    const refused = await collection.insertOne({ ...fresh, ...twice }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MongoServerError);
    expect(refused).toMatchObject({ code: 11_000 });
    await collection.deleteOne({ _id: other._id });
  });
});
