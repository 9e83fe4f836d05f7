import { partitionOf, type Partition } from '@parley/events';
import { checkpoints, WAKE_QUEUE, wakeJobs, type WakeJob } from '@parley/read-models';
import { Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { App } from '../app.ts';
import { readConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { ProjectionFixture } from '../testing/projection-fixture.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

/** BullMQ holds this job for active until long after the test: what a killed worker leaves, only for longer. */
async function takeAndNeverFinish(queue: Queue<WakeJob>, partition: Partition): Promise<Worker<WakeJob>> {
  const taken = Promise.withResolvers<undefined>();
  const work = (): Promise<never> => {
    taken.resolve(undefined);
    return new Promise<never>(() => undefined);
  };
  const worker = new Worker<WakeJob>(WAKE_QUEUE, work, {
    connection: { url: fixture.redis.url },
    lockDuration: 3_600_000,
  });
  await queue.addBulk(wakeJobs([partition]));
  await taken.promise;
  return worker;
}

test('trap 21 F03 the active job of a killed worker does not hold its partition up', async () => {
  await using undo = new AsyncDisposableStack();
  const id = await fixture.group();
  const partition = partitionOf(id);
  const queue = undo.adopt(new Queue<WakeJob>(WAKE_QUEUE, { connection: { url: fixture.redis.url } }), (one) =>
    one.close(),
  );
  undo.adopt(await takeAndNeverFinish(queue, partition), (one) => one.close(true));
  const config = readConfig({
    REDIS_URL: fixture.redis.url,
    MONGODB_URL: fixture.mongo.url,
    PARLEY_LOG_LEVEL: 'silent',
  });
  undo.use(await App.start(config, createLogger(config), new AbortController().signal));

  await fixture.say(id, 'whoever is woken for this waits behind the dead');
  await queue.addBulk(wakeJobs([partition]));
  const head = (await fixture.work.heads())[partition];
  const place = async () => (await fixture.database.collection(checkpoints).findOne({ _id: partition }))?.n;
  await expect.poll(place).toBe(head);
  // Were it over, a wake-up might have come through.
  const active = await queue.getActive();
  expect(active.map(({ data }) => data.partition)).toContain(partition);
});
