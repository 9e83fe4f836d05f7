import { partitionOf, type ConversationId, type Partition } from '@parley/events';
import { checkpoints, eventKey, events, type ReadModelName } from '@parley/read-models';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { afterWrites } from '../testing/after-writes.ts';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { allProjections } from '../projections/all-projections.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { CommitLanes } from './commit-lanes.ts';
import { PartitionProjector } from './partition.ts';
import { partitionsBehind } from './sweep.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

const checkpointOf = (id: ConversationId) => fixture.database.collection(checkpoints).findOne({ _id: partitionOf(id) });
/** What the sweep says of a conversation's partition. */
const sweptOf = async (id: ConversationId) =>
  (await partitionsBehind(fixture.work, fixture.database)).filter(({ partition }) => partition === partitionOf(id));
const archivedOf = (id: ConversationId) =>
  fixture.database.collection(events).countDocuments({ p: partitionOf(id), n: { $gt: 0 } });

/** Stops in the middle of a transaction, like a process that is frozen there, until it is told to go on. */
function freezing(name: ReadModelName = 'members', when = () => true) {
  const reached = Promise.withResolvers<undefined>();
  const thawed = Promise.withResolvers<undefined>();
  const database = afterWrites(fixture.database, name, async () => {
    if (!when()) return;
    reached.resolve(undefined);
    await thawed.promise;
  });
  return { database, reached: reached.promise, thaw: () => thawed.resolve(undefined) };
}

/** @returns two groups whose partitions share a lane, and so a session. */
async function ofOneLane(): Promise<[ConversationId, ConversationId]> {
  const own = await fixture.group();
  let other = await fixture.group();
  while (partitionOf(other) % 2 !== partitionOf(own) % 2) other = await fixture.group();
  return [own, other];
}

describe('the fence', () => {
  test('G9 trap 20 a frozen projector cannot commit; its successor does not wait for it', async () => {
    const id = await fixture.group();
    const partition = partitionOf(id);
    await fixture.say(id, 'one');
    const freeze = freezing();
    const stale = fixture.projector(partition, { database: freeze.database });
    const staleRun = stale.run();
    await freeze.reached;
    const successor = fixture.projector(partition);
    expect(await successor.run()).toBe('caught_up');
    const [checkpoint, archived] = [await checkpointOf(id), await archivedOf(id)];
    expect(archived).toBe(2);
    freeze.thaw();
    expect(await staleRun).toBe('lost');
    expect(await checkpointOf(id)).toEqual(checkpoint);
    expect(await archivedOf(id)).toBe(archived);
    expect((await rebuild(fixture.database, allProjections, { verifyOnly: true })).equal).toBe(true);
  });

  test('G9 trap 20 a projector that is frozen when it came back to its fence is not waited for either', async () => {
    const id = await fixture.group();
    let armed = false;
    const freeze = freezing('conversations', () => armed);
    const stale = fixture.projector(partitionOf(id), { database: freeze.database });
    expect(await stale.run()).toBe('caught_up');
    await fixture.say(id, 'one');
    armed = true;
    const staleRun = stale.run();
    await freeze.reached;
    expect(await fixture.projector(partitionOf(id)).run()).toBe('caught_up');
    freeze.thaw();
    expect(await staleRun).toBe('lost');
    expect(await archivedOf(id)).toBe(2);
  });

  test('G9 whoever takes a partition over leaves a transaction alone in which it has no part', async () => {
    const [own, other] = await ofOneLane();
    const lanes = new CommitLanes(fixture.database, allProjections);
    const run = (id: ConversationId, database = fixture.database) =>
      new PartitionProjector(partitionOf(id), fixture.setting({ database }), lanes).run();
    expect(await run(own)).toBe('caught_up');
    const freeze = freezing();
    const busy = run(other, freeze.database);
    await freeze.reached;
    await fixture.say(own, 'one');
    expect(await fixture.projector(partitionOf(own)).run()).toBe('caught_up');
    freeze.thaw();
    expect(await busy).toBe('caught_up');
    await lanes[Symbol.asyncDispose]();
  });

  test('G9 a partition that stands still does not undo what others have in the transactions of its last holder', async () => {
    const [own, other] = await ofOneLane();
    const lanes = new CommitLanes(fixture.database, allProjections);
    const run = (id: ConversationId, database = fixture.database) =>
      new PartitionProjector(partitionOf(id), fixture.setting({ database }), lanes).run();
    await fixture.database
      .collection(checkpoints)
      .updateOne({ _id: partitionOf(own) }, { $set: { epoch: 'feedfeedfeedfeed' } });
    expect(await run(own)).toBe('stopped');
    const freeze = freezing();
    const busy = run(other, freeze.database);
    await freeze.reached;
    expect(await fixture.projector(partitionOf(own)).run()).toBe('stopped');
    freeze.thaw();
    expect(await busy).toBe('caught_up');
    await lanes[Symbol.asyncDispose]();
  });

  test('G9 two projectors race for every batch: each event once, some commits refused', async () => {
    const id = await fixture.group();
    const racers = [0, 1].map(() => fixture.projector(partitionOf(id), { batch: 5 }));
    const outcomes: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, at) => fixture.say(id, `${round}:${at}`)));
      outcomes.push(...(await Promise.all(racers.map((racer) => racer.run()))));
    }
    await expect.poll(() => racers[0]?.run()).toBe('caught_up');
    expect(outcomes.filter((outcome) => outcome === 'lost').length).toBeGreaterThanOrEqual(1);
    expect(await archivedOf(id)).toBe((await checkpointOf(id))?.n);
    expect((await checkpointOf(id))?.n).toBeGreaterThanOrEqual(401);
    expect((await rebuild(fixture.database, allProjections, { verifyOnly: true })).equal).toBe(true);
  });
});

describe('a log that does not go on where the checkpoint stands', () => {
  test('stops the partition visibly when MongoDB is older than the trimmed log', async () => {
    const id = await fixture.group();
    for (let at = 0; at < 5; at += 1) await fixture.say(id, `${at}`);
    await fixture.raw.xtrim(`{p${String(partitionOf(id)).padStart(2, '0')}}:log`, 'MINID', '999');
    await expectStop(partitionOf(id), /no entry between|goes on at/);
    expect(await archivedOf(id)).toBe(0);
  });

  test('stops where one entry of the log is missing, and projects none of what lies behind it', async () => {
    const id = await fixture.group();
    for (let at = 0; at < 5; at += 1) await fixture.say(id, `${at}`);
    await fixture.raw.xdel(`{p${String(partitionOf(id)).padStart(2, '0')}}:log`, '3-0');
    await expectStop(partitionOf(id), /After n 2 the log goes on at 4/);
    expect([(await checkpointOf(id))?.n, await archivedOf(id)]).toEqual([0, 0]);
  });

  test('trap 17 stops when the head is behind the checkpoint', async () => {
    const id = await fixture.group();
    const projector = fixture.projector(partitionOf(id));
    expect(await projector.run()).toBe('caught_up');
    await fixture.raw.hset(`{p${String(partitionOf(id)).padStart(2, '0')}}:epoch`, 'n', 0);
    await expectStop(partitionOf(id), /went back in time/);
  });

  test('stops when the log is in another epoch than the checkpoint', async () => {
    const id = await fixture.group();
    await fixture.database
      .collection(checkpoints)
      .updateOne({ _id: partitionOf(id) }, { $set: { epoch: 'feedfeedfeedfeed' } });
    await expectStop(partitionOf(id), /epoch/);
  });
});

test('stops visibly where the archive refuses what the log holds', async () => {
  const id = await fixture.group();
  const stranger = { _id: eventKey(id, 1), p: partitionOf(id), n: -1 } as never;
  await fixture.database.collection(events).insertOne(stranger, { bypassDocumentValidation: true });
  await expectStop(partitionOf(id), /refused a write to events/);
  await fixture.database.collection(events).deleteOne({ _id: eventKey(id, 1), n: -1 });
  expect(await fixture.projector(partitionOf(id)).run()).toBe('caught_up');
});

test('stops visibly where an entry is larger than any document of the archive, or any command, may be', async () => {
  const id = await fixture.group();
  await addLarge(id, { seq: 2, bytes: 50_000_000 });
  await expectStop(partitionOf(id), /refused a write to events/);
});

/** Puts an entry with so large a body behind the only one of a group, as a broken writer would. */
async function addLarge(id: ConversationId, { seq, bytes }: { seq: number; bytes: number }): Promise<void> {
  const log = `{p${String(partitionOf(id)).padStart(2, '0')}}:log`;
  const [first] = await fixture.raw.xrangeBuffer(log, '1-0', '1-0');
  const fields = first?.[1] ?? [];
  const body = Buffer.alloc(bytes, 'x');
  const other: Record<string, string | Buffer> = { q: String(seq), i: Buffer.alloc(16, seq), b: body };
  const large = fields.map((part, at) => (at % 2 === 1 ? (other[String(fields[at - 1])] ?? part) : part));
  await fixture.raw.xadd(log, `${seq}-0`, ...large);
  await fixture.raw.hincrby(`{p${String(partitionOf(id)).padStart(2, '0')}}:epoch`, 'n', 1);
}

test('a partition that stood still says so no more once it is at the log’s head, with nothing to write', async () => {
  const id = await fixture.group();
  const projector = fixture.projector(partitionOf(id));
  expect(await projector.run()).toBe('caught_up');
  const epoch = (await checkpointOf(id))?.epoch ?? '';
  const setEpoch = (to: string) =>
    fixture.database.collection(checkpoints).updateOne({ _id: partitionOf(id) }, { $set: { epoch: to } });
  await setEpoch('feedfeedfeedfeed');
  await expectStop(partitionOf(id), /epoch/);
  await setEpoch(epoch);
  // Nothing new comes: it is the sweep that has to see to it.
  expect(await sweptOf(id)).toMatchObject([{ n: 1 }]);
  expect(await projector.run()).toBe('caught_up');
  expect((await checkpointOf(id))?.stopped).toBeUndefined();
  expect(await sweptOf(id)).toEqual([]);
});

async function expectStop(partition: Partition, reason: RegExp): Promise<void> {
  const alarms: unknown[] = [];
  const { logger } = fixture.setting();
  logger.error = (...line: unknown[]) => void alarms.push(line[0]);
  const projector = fixture.projector(partition, { logger });
  expect(await projector.run()).toBe('stopped');
  expect(await projector.run()).toBe('stopped');
  expect(alarms).toMatchObject([{ alarm: true, partition }]);
  expect((await fixture.database.collection(checkpoints).findOne({ _id: partition }))?.stopped).toMatch(reason);
}
