import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { partitionOf, type ConversationId } from '@parley/events';
import { ephemeralRedis, type LocalServer } from '@parley/servers';
import { startStack, type Stack } from '@parley/stack';
import { MongoClient } from 'mongodb';
import { afterEach, expect, it } from 'vitest';

import { archivedUpTo } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { holds, People, say, shown, texts } from './stack/people.ts';

let redis: LocalServer;
let stack: Stack;
let people: People;

/** The file that Redis appends its writes to. */
async function appendFile(): Promise<string> {
  const folder = join(redis.dataDir, 'appendonlydir');
  const name = (await readdir(folder)).find((file) => file.endsWith('.incr.aof'));
  return join(folder, name ?? '');
}

async function start(): Promise<void> {
  redis = await ephemeralRedis();
  stack = await startStack({ apis: 2, redis });
  people = new People(stack);
}

/** Redis dies and comes back as it was when its file had `bytes`: everything after was acked and is gone. */
async function goBackTo(bytes: number): Promise<void> {
  await redis.kill('SIGKILL');
  await truncate(await appendFile(), bytes);
  await redis.restart();
}

afterEach(async () => {
  await people.close();
  await stack.close();
  await redis.stop();
});

it.each([
  { archived: 'not archived', stopWorkers: true },
  { archived: 'archived', stopWorkers: false },
])(
  'G6, trap 16, trap 17: acked messages that the log lost, $archived, come back; no position has two contents',
  async ({ stopWorkers }) => {
    await start();
    const { alice, bob, channel } = await people.aliceAndBobIn('lost tail');
    for (let n = 1; n <= 50; n += 1) await say(alice, channel, `message ${n}`);
    await Promise.all([holds(alice, channel, 50), holds(bob, channel, 50)]);
    await archivedUpTo(bob, channel, 51);

    if (stopWorkers) await Promise.all(stack.workers.map((worker) => worker.kill('SIGKILL')));
    const kept = (await stat(await appendFile())).size;
    for (let n = 51; n <= 150; n += 1) await say(alice, channel, `message ${n}`);
    await Promise.all([holds(alice, channel, 150), holds(bob, channel, 150)]);
    if (!stopWorkers) await archivedUpTo(bob, channel, 151);
    const before = new Map(shown(bob, channel).map((line) => [line.split(' ')[0], line]));

    await goBackTo(kept);
    if (stopWorkers) await Promise.all(stack.workers.map((worker) => worker.start()));
    await say(bob, channel, 'and on');
    await Promise.all([holds(alice, channel, 151), holds(bob, channel, 151)]);

    const all = Array.from({ length: 150 }, (_, n) => `message ${n + 1}`);
    expect(texts(bob, channel).filter((text) => text !== 'and on')).toEqual(all);
    expect(shown(alice, channel)).toEqual(shown(bob, channel));
    if (!stopWorkers) expect(shown(bob, channel).slice(0, 150)).toEqual([...before.values()]);
  },
);

/** What MongoDB holds of the partition of a conversation: its archived events by n, and its checkpoint. */
async function kept(mongo: MongoClient, channel: ConversationId) {
  const p = partitionOf(channel);
  const db = mongo.db('parley');
  const [archived, checkpoint] = await Promise.all([
    db.collection('events').find({ p }).sort({ n: 1 }).toArray(),
    db.collection<{ _id: number; n: number; stopped?: string }>('checkpoints').findOne({ _id: p }),
  ]);
  return { archived, checkpoint };
}

it('trap 17: with the log behind MongoDB the worker raises an alarm and stands still; the log is repaired first, then projected on', async () => {
  await start();
  await using mongo = await new MongoClient(stack.mongo.url).connect();
  const { alice, bob, channel } = await people.aliceAndBobIn('behind its archive');
  for (let n = 1; n <= 20; n += 1) await say(alice, channel, `message ${n}`);
  await archivedUpTo(bob, channel, 21);
  const size = (await stat(await appendFile())).size;
  for (let n = 21; n <= 40; n += 1) await say(alice, channel, `message ${n}`);
  await archivedUpTo(bob, channel, 41);
  const before = await kept(mongo, channel);

  // Without an api node nobody opens an epoch: the worker alone meets the log that went back.
  await Promise.all(stack.apis.map((api) => api.process.kill()));
  await goBackTo(size);
  const stopped = await eventually(
    'the partition is stopped',
    async () => (await kept(mongo, channel)).checkpoint?.stopped,
  );
  expect(stopped).toMatch(/^The log ends at n \d+, before the checkpoint at \d+: it went back in time\.$/);
  await eventually('the alarm', () =>
    stack.workers
      .flatMap((worker) => worker.output.split('\n'))
      .some((line) => line.includes('"alarm":true') && line.includes(`"partition":${partitionOf(channel)},`)),
  );
  expect((await kept(mongo, channel)).archived).toEqual(before.archived);

  await Promise.all(stack.apis.map((api) => api.process.start()));
  await say(bob, channel, 'and on');
  await Promise.all([holds(alice, channel, 41), holds(bob, channel, 41)]);
  await archivedUpTo(bob, channel, 42);
  const after = await kept(mongo, channel);
  // What was archived is back in the log where it was; only then comes what was said since.
  expect(after.archived.slice(0, -1)).toEqual(before.archived);
  expect(after.archived.at(-1)?.n).toBe((before.checkpoint?.n ?? 0) + 1);
  expect(after.checkpoint).not.toHaveProperty('stopped');
  expect(texts(alice, channel)).toEqual([...Array.from({ length: 40 }, (_, n) => `message ${n + 1}`), 'and on']);
});
