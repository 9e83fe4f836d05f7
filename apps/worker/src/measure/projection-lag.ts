import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { newId, partitionOf, type CommandId, type ConversationId } from '@parley/events';
import { checkpoints, WAKE_QUEUE, Waker, wakeJobs } from '@parley/read-models';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { partitionsBehind } from '../projector/sweep.ts';
import { ProjectionFixture } from '../testing/projection-fixture.ts';

/**
 * Measures how long after its append an event is projected (goal P3's lag), with a real worker process, log and MongoDB:
 * `node apps/worker/src/measure/projection-lag.ts [events per second] [seconds]`. The lag of an event ends when the
 * checkpoint that covers it is seen; all checkpoints are read every 5 ms. An append wakes the worker as the api does it.
 */
const [rate = 2_000, seconds = 20] = process.argv.slice(2).map(Number);
const TICK_MS = 5;
const CONVERSATIONS = 64;

/** One appended event: the how-manieth of its partition, and when its sender had the receipt. */
interface Appended {
  readonly n: number;
  readonly at: number;
}

await using fixture = await ProjectionFixture.start(1);
const { PATH = '', HOME = '' } = process.env;
const env = { PATH, HOME, REDIS_URL: fixture.redis.url, MONGODB_URL: fixture.mongo.url, PARLEY_LOG_LEVEL: 'error' };
const worker = fork(new URL('../main.ts', import.meta.url), { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
await once(worker, 'message');
const jobs = new Redis(fixture.redis.url, { maxRetriesPerRequest: 1 });
const queue = new Queue(WAKE_QUEUE, { connection: jobs });
const waker = new Waker((partitions) => queue.addBulk(wakeJobs(partitions)));

const ids: ConversationId[] = [];
for (let at = 0; at < CONVERSATIONS; at += 1) ids.push(await fixture.group());
const counts = [...(await fixture.work.heads())];
// What made the conversations is projected before the first message that counts.
while ((await partitionsBehind(fixture.work, fixture.database)).length > 0) await pause(100);
const waiting = counts.map((): Appended[] => []);
const lags: number[] = [];
let failed = 0;
let sent = 0;

const watching = watch();
await send();
await watching;
worker.kill('SIGTERM');
await once(worker, 'exit');
await queue.close();
jobs.disconnect();
lags.sort((a, b) => a - b);
const quantile = (part: number): number => Math.round((lags[Math.floor((lags.length - 1) * part)] ?? 0) * 10) / 10;
console.log(
  JSON.stringify({ rate, sent, failed, lagMs: { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) } }),
);

/** Sends at a steady rate by the clock: what a late tick missed follows with the next one. */
async function send(): Promise<void> {
  const begin = performance.now();
  const pending: Promise<void>[] = [];
  for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = performance.now() - begin) {
    const due = Math.floor((elapsed / 1_000) * rate);
    while (sent < due) {
      pending.push(append(ids[sent % ids.length] ?? newId<ConversationId>()));
      sent += 1;
    }
    await pause(TICK_MS);
  }
  await Promise.all(pending);
}

/** The receipts of one partition come in the order of its log, so the n of each is told by counting. */
async function append(conversationId: ConversationId): Promise<void> {
  const partition = partitionOf(conversationId);
  const body = JSON.stringify({ content: { envelope: randomBytes(300).toString('base64'), suite: 'sealed.1' } });
  const outcome = await fixture.log.append({
    ...{ type: 'message.sent', v: 1, conversationId, commandId: newId<CommandId>(), actor: fixture.alice },
    ...{ at: Date.now(), body, rule: { rule: 'post', role: 'member' } },
  });
  if (outcome.outcome !== 'appended') {
    failed += 1;
    return;
  }
  if (outcome.atRest) waker.wake(partition);
  const n = (counts[partition] ?? 0) + 1;
  counts[partition] = n;
  waiting[partition]?.push({ n, at: performance.now() });
}

/** Ends when every event that was sent is projected or was refused. */
async function watch(): Promise<void> {
  const places = fixture.database.collection(checkpoints);
  do {
    await pause(TICK_MS);
    const found = await places.find({}, { projection: { n: 1 } }).toArray();
    const now = performance.now();
    for (const { _id, n } of found) {
      const queued = waiting[_id] ?? [];
      while ((queued[0]?.n ?? Infinity) <= n) lags.push(now - (queued.shift()?.at ?? now));
    }
  } while (sent === 0 || lags.length + failed < sent || !isOver());
}

function isOver(): boolean {
  return sent >= Math.floor(rate * seconds * 0.99);
}
