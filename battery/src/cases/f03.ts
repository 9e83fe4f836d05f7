import { setTimeout as delay } from 'node:timers/promises';
import { partitionOf, type ConversationId } from '@parley/events';
import type { AppProcess } from '@parley/stack';
import { Redis } from 'ioredis';
import { atLeast, atMost, type BatteryCase } from '../battery-case.ts';
import type { Person } from '../crowd.ts';
import { anyOf, fault, killAndRestart, seconds, until, type Field, type Figures } from '../field.ts';
import { checkpointsNow, eventsBetween, openTransactions } from '../projection-state.ts';
import { untilProjected } from '../stores.ts';

const kills = 20;
/** A lag that needs no further kills to be known as too long. */
const tooLongMs = 10_000;
/** Of waiting for the projection after one kill. */
const lagLimitMs = 60_000;
const batchTries = 12;
const ackLimitMs = 60_000;

/** Workers die at random, then twice within one batch, and in the end every wake-up is lost as well. */
export const f03: BatteryCase = {
  id: 'F03',
  seconds: 150,
  title: 'kill -9 of a worker at 20 random points, twice within a batch, then all jobs gone',
  fault: async (field) => {
    const quiet = await quietConversation(field);
    let lag = 0;
    let count = 0;
    for (; count < kills && lag < tooLongMs * field.slow; count += 1) {
      await seconds(field, Math.random());
      await fault(field, 'kill -9 of a worker', () => killAndRestart(field, anyOf(field.stack.workers), 0.3));
      lag = Math.max(lag, await lagOf(field));
    }
    const batch = count < kills ? {} : await killTwiceInABatch(field);
    await fault(field, 'kill -9 of all workers, and all jobs lost', () => loseJobs(field, quiet));
    return { kills: count, lagMaxMs: lag, ...batch, failedJobs: await failedJobs(field) };
  },
  limits: (figures, slow) => [
    ...atLeast(figures, 'kills', kills),
    ...atMost(figures, 'lagMaxMs', 5_000 * slow),
    ...atLeast(figures, 'sameBatchKills', 2),
    ...atMost(figures, 'lagAfterBatchMs', 5_000 * slow),
  ],
  control: {
    off: 'the sweep and the watch that find what lost wake-ups stood for: a job is the only trigger',
    mutations: [
      {
        file: 'apps/worker/src/projector/wake.ts',
        find: "if (job.name === 'sweep') await this.#sweep();",
        replace: "if (job.name === 'sweep') return;",
      },
      {
        file: 'apps/worker/src/projector/watch.ts',
        find: '      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));\n',
        replace: '',
      },
    ],
    harmed: (judgement) => judgement.lost > 0,
  },
};

/** @returns the milliseconds until everything is projected, or the limit. */
function lagOf(field: Field): Promise<number> {
  return untilProjected(field, lagLimitMs).catch(() => lagLimitMs);
}

/**
 * A slow link to MongoDB holds batches open. The only worker dies in the middle of its transactions, and so does its
 * successor in those of the same entries: no checkpoint moves from the first kill to the second.
 */
async function killTwiceInABatch(field: Field): Promise<Figures> {
  const { stack, links, mongo } = field;
  const [first, ...others] = stack.workers;
  if (!first) throw new Error('There is no worker.');
  return fault(field, 'kill -9 of a worker, twice in a batch', async () => {
    await Promise.all(stack.workers.map((worker) => worker.kill()));
    await links.worker.mongo.latency(300);
    let before = await checkpointsNow(mongo.url);
    let sameBatchKills = 0;
    for (let tries = 0; tries < batchTries && sameBatchKills < 2; tries += 1) {
      if (!(await killInABatch(field, first))) break;
      const after = await checkpointsNow(mongo.url);
      sameBatchKills = eventsBetween(after, before) === 0 ? sameBatchKills + 1 : 0;
      before = after;
    }
    await links.worker.mongo.heal();
    await Promise.all([first, ...others].map((worker) => worker.start()));
    return { sameBatchKills, lagAfterBatchMs: await lagOf(field) };
  });
}

/** @returns whether there was a batch to be killed in. A killed worker's transactions stay open in MongoDB. */
async function killInABatch({ mongo }: Field, worker: AppProcess): Promise<boolean> {
  const left = await openTransactions(mongo.url);
  worker.launch();
  const began = await until('a batch is under way', lagLimitMs, async () =>
    (await openTransactions(mongo.url)).some((id) => !left.includes(id)),
  ).catch(() => null);
  await worker.kill();
  return began !== null;
}

interface Quiet {
  readonly person: Person;
  readonly conversationId: ConversationId;
}

/** @returns a conversation whose partition has none of the load's, so that nothing that is said later wakes it. */
async function quietConversation({ crowd }: Field): Promise<Quiet> {
  const [person] = crowd.senders;
  if (!person) throw new Error('Nobody is there.');
  const busy = new Set(crowd.rooms.map((room) => partitionOf(room.conversationId)));
  for (;;) {
    const conversationId = await person.client.createChannel('quiet', 'private', []);
    if (busy.has(partitionOf(conversationId))) continue;
    await person.client.loadOlder(conversationId);
    return { person, conversationId };
  }
}

/** Something is said while no worker is there; then the queue's keys are gone before one comes back. */
async function loseJobs(field: Field, { person, conversationId }: Quiet): Promise<void> {
  const { workers } = field.stack;
  const { client, userId, session } = person;
  await Promise.all(workers.map((worker) => worker.kill()));
  const value = 'said while no worker was there';
  const op = await client.send(conversationId, { suite: 'none', text: value });
  field.recorder.add({ kind: 'invoke', op, userId, deviceId: session.deviceId, conversationId, value });
  const isAcked = (): boolean =>
    client
      .timeline(conversationId)
      .items.some(
        (item) => item.kind === 'message' && item.message.commandId === op && item.message.send.state === 'sent',
      );
  await until('it is acked', ackLimitMs, isAcked);
  // A wake-up that comes after the keys are gone would wake somebody: it leaves the node within a turn or two.
  await delay(2_000);
  const redis = new Redis(field.jobs.url);
  await redis.flushall();
  redis.disconnect();
  await Promise.all(workers.map((worker) => worker.start()));
}

async function failedJobs(field: Field): Promise<number> {
  const redis = new Redis(field.jobs.url);
  const failed = await redis.zcard('bull:project:failed');
  redis.disconnect();
  return failed;
}
