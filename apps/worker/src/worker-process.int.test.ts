import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { partitionOf, type ConversationId } from '@parley/events';
import { checkpoints, events } from '@parley/read-models';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProjectionFixture } from './testing/projection-fixture.ts';
import { allProjections } from './projections/all-projections.ts';
import { rebuild } from './rebuild/rebuild.ts';

let fixture: ProjectionFixture;
const workers = new Set<ChildProcess>();
beforeAll(async () => {
  fixture = await ProjectionFixture.start();
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await fixture[Symbol.asyncDispose]();
});

/** @returns a worker process that is ready. */
async function startWorker(): Promise<ChildProcess> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, REDIS_URL: fixture.redis.url, MONGODB_URL: fixture.mongo.url, PARLEY_LOG_LEVEL: 'error' };
  const worker = fork(new URL('./main.ts', import.meta.url), { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  workers.add(worker);
  const ended = once(worker, 'exit').then(() => {
    throw new Error('The worker ended before it was ready.');
  });
  await Promise.race([once(worker, 'message'), ended]);
  return worker;
}

async function kill(worker: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(worker, 'exit');
  worker.kill(signal);
  await ended;
  workers.delete(worker);
  return worker.exitCode;
}

async function untilProjected(): Promise<number> {
  const heads = await fixture.work.heads();
  const total = heads.reduce((sum, n) => sum + n, 0);
  const places = async (): Promise<number> => {
    const found = await fixture.database.collection(checkpoints).find().toArray();
    return found.reduce((sum, { n }) => sum + n, 0);
  };
  await expect.poll(places, { timeout: 100_000, interval: 50 }).toBe(total);
  return total;
}

describe('a worker process', () => {
  test(
    'trap 21 F03 killed again and again under load: every event is projected once, in order',
    { timeout: 300_000 },
    async () => {
      const ids: ConversationId[] = [];
      for (let at = 0; at < 6; at += 1) ids.push(await fixture.group());
      const say = async (round: number): Promise<void> => {
        for (let at = 0; at < 5; at += 1) {
          await Promise.all(ids.flatMap((id) => [1, 2, 3, 4].map((part) => fixture.say(id, `${round}:${at}:${part}`))));
        }
      };
      for (let round = 0; round < 5; round += 1) {
        const archived = () => fixture.database.collection(events).estimatedDocumentCount();
        const before = await archived();
        const worker = await startWorker();
        const said = say(round);
        // In the middle of what it does: some batches are committed, others are not.
        await expect.poll(archived, { timeout: 50_000, interval: 5 }).toBeGreaterThan(before);
        await kill(worker, 'SIGKILL');
        await said;
      }
      const last = await startWorker();
      const total = await untilProjected();
      expect(await kill(last, 'SIGTERM')).toBe(0);
      expect(await fixture.database.collection(events).countDocuments()).toBe(total);
      expect((await rebuild(fixture.database, allProjections, { verifyOnly: true })).equal).toBe(true);
    },
  );

  test('MongoDB away only delays, and SIGTERM ends it cleanly', { timeout: 300_000 }, async () => {
    const worker = await startWorker();
    const id = await fixture.group();
    await untilProjected();
    await fixture.mongo.kill();
    await fixture.say(id, 'while MongoDB is away');
    expect((await fixture.work.heads())[partitionOf(id)]).toBeGreaterThan(0);
    await fixture.mongo.restart();
    await untilProjected();
    expect(await fixture.database.collection(events).countDocuments({ m: true, p: partitionOf(id) })).toBeGreaterThan(
      0,
    );
    expect(await kill(worker, 'SIGTERM')).toBe(0);
  });
});
