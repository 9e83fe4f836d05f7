import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { partitionOf } from '../contract/ids.ts';
import type { Mark } from '../contract/live.ts';
import type { Archive } from './event-log.ts';
import { raiseMark } from './marks.ts';
import { restoreLog } from './restore-log.ts';
import {
  add,
  appended,
  changeRole,
  leave,
  LogNodes,
  message,
  newGroup,
  person,
  remove,
  request,
} from './testing/log-nodes.ts';

let nodes: LogNodes;
const [alice, bob, carol] = [person(), person(), person()];
const kept = (...marks: Mark[]) => Readable.from(marks) as AsyncIterable<Mark>;
const noMarks = () => kept();
afterEach(() => nodes.stop());

it('an empty log is filled from the archive, in a new epoch, and says where each conversation ends', async () => {
  nodes = await LogNodes.start();
  const log = await nodes.node();
  const [id, other] = [await newGroup(log, alice, { others: [bob] }), await newGroup(log, alice, { history: 'all' })];
  const wanted = message(alice, id, 'archived');
  const receipt = await appended(log, wanted);
  await appended(log, remove(alice, id, bob));
  await appended(log, add(alice, id, carol));
  await appended(log, changeRole(alice, id, carol, 'moderator'));
  await appended(log, add(alice, other, bob));
  await appended(log, leave(bob, other));
  await nodes.archive.archive(nodes.work);
  await appended(log, message(alice, id, 'lost'));
  const before = await log.access(bob.userId, [id, other]);
  const members = await log.members(id);
  await log.close();
  await nodes.redis.flushall();

  const options = {
    url: nodes.server.url,
    acceptLoss: false,
    archive: nodes.archive,
    lineage: nodes.archive,
    marks: noMarks,
  };
  const restored = await restoreLog(options);
  expect(restored).toEqual(
    expect.arrayContaining([
      { conversationId: id, seq: 5 },
      { conversationId: other, seq: 3 },
    ]),
  );

  const again = await nodes.node();
  const after = await again.access(bob.userId, [id, other]);
  expect(after.map((each) => each?.visible)).toEqual(before.map((each) => each?.visible));
  expect(after[0]?.conversation).toMatchObject({ head: 5, unarchived: 6, kind: 'group', history: 'joined' });
  expect(await again.members(id)).toEqual(members);
  expect((await again.fanOut.enter('n', 'm', [carol.userId]))[0]?.conversationIds).toEqual([id]);
  expect(await again.append(wanted)).toEqual({ outcome: 'repeated', receipt });
  const next = await appended(again, message(carol, id, 'next'));
  expect(next.seq).toBe(6);
  expect(next.epoch).not.toBe(receipt.epoch);
  expect(await again.shared(id, receipt.epoch)).toBe(5);
  const { head, entries } = await nodes.work.readLog(partitionOf(id), 0, 10);
  expect(entries.map(({ n }) => n)).toEqual([head]);
});

it('a log whose data folder was lost is refused by one run after the other, until it is filled', async () => {
  nodes = await LogNodes.start();
  const log = await nodes.node();
  const id = await newGroup(log, alice);
  await nodes.archive.archive(nodes.work);
  await log.close();
  await nodes.server.kill();
  rmSync(join(nodes.server.dataDir, 'appendonlydir'), { recursive: true });
  for (let run = 1; run <= 2; run += 1) {
    await nodes.server.restart();
    await expect(nodes.node()).rejects.toThrow(/npm run parley -- restore-log/);
  }
  expect(await nodes.work.readLog(partitionOf(id), 0, 10)).toMatchObject({ head: 0, entries: [] });

  await restoreLog({
    url: nodes.server.url,
    acceptLoss: false,
    archive: nodes.archive,
    lineage: nodes.archive,
    marks: noMarks,
  });
  await nodes.server.restart();
  expect((await appended(await nodes.node(), message(alice, id, 'next'))).seq).toBe(2);
});

it('an admin and a member who registered own the directory, and do not, as before', async () => {
  nodes = await LogNodes.start();
  const log = await nodes.node();
  const directory = await newGroup(log, alice, { kind: 'directory', history: 'all' });
  await appended(
    log,
    request(bob, directory, {
      type: 'user.registered',
      body: { userId: bob.userId, role: 'admin' },
      rule: { rule: 'register', role: 'owner' },
    }),
  );
  await appended(
    log,
    request(carol, directory, {
      type: 'user.registered',
      body: { userId: carol.userId, role: 'member' },
      rule: { rule: 'register', role: 'member' },
    }),
  );
  const members = await log.members(directory);
  expect(members.map(({ role }) => role).sort()).toEqual(['member', 'owner', 'owner']);
  await nodes.archive.archive(nodes.work);
  await log.close();
  await nodes.redis.flushall();

  await restoreLog({
    url: nodes.server.url,
    acceptLoss: false,
    archive: nodes.archive,
    lineage: nodes.archive,
    marks: noMarks,
  });
  expect(await (await nodes.node()).members(directory)).toEqual(members);
});

it('repeated after a failure in the middle it still says where every conversation ends', async () => {
  nodes = await LogNodes.start();
  const log = await nodes.node();
  const early = await newGroup(log, alice);
  let late = await newGroup(log, alice);
  while (partitionOf(late) <= partitionOf(early)) late = await newGroup(log, alice, { others: [bob] });
  await appended(log, message(alice, late, 'archived'));
  await nodes.archive.archive(nodes.work);
  await log.close();
  await nodes.redis.flushall();

  const failing: Archive = {
    findReceipt: () => Promise.resolve(null),
    entriesAfter: (partition, after, count) =>
      partition === partitionOf(late)
        ? Promise.reject(new Error('MongoDB went away.'))
        : nodes.archive.entriesAfter(partition, after, count),
  };
  const options = {
    url: nodes.server.url,
    acceptLoss: false,
    archive: failing,
    lineage: nodes.archive,
    marks: noMarks,
  };
  await expect(restoreLog(options)).rejects.toThrow('MongoDB went away.');
  await expect(nodes.node()).rejects.toThrow(/npm run parley -- restore-log/);
  expect(await restoreLog({ ...options, archive: nodes.archive })).toEqual(
    expect.arrayContaining([
      { conversationId: early, seq: 1 },
      { conversationId: late, seq: 2 },
    ]),
  );
});

it('what was archived raw keeps its n and its seq: the log goes on behind it', async () => {
  nodes = await LogNodes.start();
  const log = await nodes.node();
  const id = await newGroup(log, alice);
  await appended(log, message(alice, id, 'this one breaks'));
  await appended(log, message(alice, id, 'behind it'));
  const stream = `{p${String(partitionOf(id)).padStart(2, '0')}}:log`;
  const rows = await nodes.redis.xrangeBuffer(stream, '-', '+');
  await nodes.redis.del(stream);
  for (const [n, fields] of rows) {
    const kept = n.toString() === '2-0' ? ['u', 'short'] : fields;
    await nodes.redis.xadd(stream, n, ...kept);
  }
  await nodes.archive.archive(nodes.work);
  await log.close();
  await nodes.redis.flushall();

  const options = {
    url: nodes.server.url,
    acceptLoss: false,
    archive: nodes.archive,
    lineage: nodes.archive,
    marks: noMarks,
  };
  expect(await restoreLog(options)).toEqual([{ conversationId: id, seq: 3 }]);
  const again = await nodes.node();
  expect((await appended(again, message(alice, id, 'next'))).seq).toBe(4);
  const { head, entries } = await nodes.work.readLog(partitionOf(id), 0, 10);
  expect([head, entries.map(({ n }) => n)]).toEqual([4, [4]]);
});

it('G8: how far somebody had read comes back, and a client that says by itself what it holds does not undo it', async () => {
  nodes = await LogNodes.start();
  const log = await nodes.node();
  const id = await newGroup(log, alice, { others: [bob] });
  let last = await appended(log, message(alice, id, 'first'));
  while (last.seq < 100) last = await appended(log, message(alice, id, 'more'));
  await nodes.archive.archive(nodes.work);
  await log.close();
  await nodes.redis.flushall();

  const mark = { conversationId: id, userId: bob.userId, epoch: last.epoch, read: 80, delivered: 90 };
  const stores = { archive: nodes.archive, lineage: nodes.archive, marks: () => kept(mark) };
  await restoreLog({ url: nodes.server.url, acceptLoss: false, ...stores });
  const again = await nodes.node();
  const [access] = await again.access(bob.userId, [id]);
  if (!access) throw new Error('The group is gone.');
  const { epoch, head } = access.conversation;
  const raise = { conversationId: id, userId: bob.userId, epoch, read: 0, delivered: head };
  const { mark: now } = await raiseMark(nodes.redis, raise, (older) => again.shared(id, older));
  expect(now).toMatchObject({ epoch, read: 80, delivered: 100 });
});
