import { partitionOf, type ConversationId, type Partition } from '@parley/events';
import { checkpoints, WAKE_QUEUE, wakeOptions } from '@parley/read-models';
import { ephemeralRedis } from '@parley/servers';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { ProjectorSet } from './projector-set.ts';
import { partitionsBehind } from './sweep.ts';
import { WakeUps } from './wake.ts';

let fixture: ProjectionFixture;
let projectors: ProjectorSet;
let wakeUps: WakeUps;
/** Whether the sweep finds anything: off where a test is about the wake-ups alone. */
let sweeping = true;
/** Partitions whose job runs now. */
const active = new Set<number>();

beforeAll(async () => {
  fixture = await ProjectionFixture.start();
  projectors = new ProjectorSet(fixture.setting());
  const duties = {
    project: async (partition: Partition) => {
      active.add(partition);
      return projectors.run(partition).finally(() => active.delete(partition));
    },
    sweep: async () =>
      (sweeping ? await partitionsBehind(fixture.work, fixture.database) : []).map(({ partition }) => partition),
    retain: () => Promise.resolve(),
  };
  wakeUps = new WakeUps(fixture.redis.url, duties, fixture.setting().logger);
  wakeUps.start();
});
afterAll(async () => {
  await wakeUps[Symbol.asyncDispose]();
  await projectors[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
});

const placeOf = async (id: ConversationId): Promise<number> =>
  (await fixture.database.collection(checkpoints).findOne({ _id: partitionOf(id) }))?.n ?? 0;
const headOf = async (id: ConversationId): Promise<number> => (await fixture.work.heads())[partitionOf(id)] ?? 0;

/** Gives every burst time to be forgotten: were one lost, nothing else would come for it. */
async function projectedWithoutSweep(ids: readonly ConversationId[]): Promise<void> {
  for (const id of ids) await expect.poll(() => placeOf(id), { timeout: 60_000, interval: 10 }).toBe(await headOf(id));
}

describe('wake-ups', () => {
  test('trap 18 an event whose wake-up was lost is projected by the sweep', async () => {
    const id = await fixture.group();
    await fixture.say(id, 'nobody was woken for this');
    await expect.poll(() => placeOf(id), { timeout: 50_000 }).toBe(await headOf(id));
  });

  test('a job that fails again and again is told once, and again when it was well in between', async () => {
    const told: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => void told.push(line) });
    let [sweeps, away] = [0, true];
    const sweep = () => {
      sweeps += 1;
      return away ? Promise.reject(new Error('The log is away.')) : Promise.resolve([]);
    };
    await using server = new AsyncDisposableStack();
    const redis = server.adopt(await ephemeralRedis(), (one) => one.stop());
    const duties = { project: () => Promise.resolve('caught_up' as const), retain: () => Promise.resolve(), sweep };
    const failing = server.use(new WakeUps(redis.url, duties, logger));
    failing.start();
    await expect.poll(() => sweeps, { timeout: 50_000 }).toBeGreaterThan(2);
    expect(told).toHaveLength(1);
    away = false;
    const well = sweeps;
    await expect.poll(() => sweeps, { timeout: 50_000 }).toBeGreaterThan(well + 1);
    away = true;
    await expect.poll(() => told.length, { timeout: 50_000 }).toBe(2);
  });

  test(
    'trap 19 1000 random bursts of wake-ups while the job is active: none is forgotten',
    { timeout: 300_000 },
    async () => {
      sweeping = false;
      const [even, odd] = [await fixture.group(), await fixture.group()];
      const ids = [even, odd];
      // What made the groups has no wake-up of its own: a pause after the first burst would wait for the odd one for ever.
      for (const id of ids) wakeUps.wake(partitionOf(id));
      let meanwhile = 0;
      for (let burst = 0; burst < 1_000; burst += 1) {
        const id = burst % 2 === 0 ? even : odd;
        await fixture.say(id, `burst ${burst}`);
        if (active.has(partitionOf(id))) meanwhile += 1;
        wakeUps.wake(partitionOf(id));
        if (Math.random() < 0.3) wakeUps.wake(partitionOf(id));
        if (Math.random() < 0.05) await projectedWithoutSweep(ids);
      }
      await projectedWithoutSweep(ids);
      // Otherwise none of them met a job at work, and nothing was proven.
      expect(meanwhile).toBeGreaterThan(20);
      sweeping = true;
    },
  );

  test(
    'trap 18 woken only where the append met its partition at rest: of 1000 at any moment of a run none is forgotten',
    { timeout: 300_000 },
    async () => {
      sweeping = false;
      const ids = [await fixture.group(), await fixture.group()];
      for (const id of ids) wakeUps.wake(partitionOf(id));
      await projectedWithoutSweep(ids);
      let woken = 0;
      fixture.onAtRest = (partition) => {
        woken += 1;
        wakeUps.wake(partition);
      };
      for (let at = 0; at < 1_000; at += 1) {
        await Promise.all(ids.map((id) => fixture.say(id, `number ${at}`)));
        if (Math.random() < 0.1) await projectedWithoutSweep(ids);
      }
      await projectedWithoutSweep(ids);
      fixture.onAtRest = () => undefined;
      sweeping = true;
      // Were everybody woken, or nobody but at the pauses, nothing was proven.
      expect(woken).toBeGreaterThan(100);
      expect(woken).toBeLessThan(2_000);
    },
  );

  test('control: one of the plain kind of deduplication forgets what comes while the job is active', async () => {
    const queue = new Queue(`${WAKE_QUEUE}-control`, { connection: { url: fixture.redis.url } });
    const { Worker } = await import('bullmq');
    const [begun, finish] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    let runs = 0;
    const worker = new Worker(
      queue.name,
      async () => {
        runs += 1;
        begun.resolve(undefined);
        await finish.promise;
      },
      { connection: { url: fixture.redis.url } },
    );
    const plain = { ...wakeOptions(1), deduplication: { id: 'p01' } };
    await queue.add('project', { partition: 1 }, plain);
    await begun.promise;
    await queue.add('project', { partition: 1 }, plain);
    finish.resolve(undefined);
    await expect.poll(() => queue.getActiveCount(), { timeout: 50_000 }).toBe(0);
    expect([runs, await queue.getWaitingCount()]).toEqual([1, 0]);
    await worker.close();
    await queue.close();
  });
});
