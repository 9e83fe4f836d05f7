import { PARTITIONS, type Partition } from '@parley/events';
import { WAKE_QUEUE, Waker, wakeJobs, type WakeJob } from '@parley/read-models';
import { Queue, Worker, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import type { RunOutcome } from './partition.ts';

/** What the worker does on a wake-up, and once a second. */
export interface Duties {
  project(partition: Partition): Promise<RunOutcome>;
  /** @returns the partitions that are to be woken. */
  sweep(): Promise<readonly Partition[]>;
  retain(): Promise<void>;
}

/** Jobs that come by themselves, once in the whole installation, and how often. */
const REGULAR = { sweep: 1_000, retain: 10_000 };
/** How many partitions one worker projects at once: all of them, for they share transactions (see commit-lanes.ts). */
const AT_ONCE = PARTITIONS;

/** BullMQ, used only to be woken: a job that is lost, doubled or late changes nothing but the delay. */
export class WakeUps implements AsyncDisposable {
  readonly #queue: Queue<WakeJob>;
  readonly #worker: Worker<WakeJob>;
  readonly #connections: readonly Redis[];
  readonly #waker: Waker;
  readonly #duties: Duties;
  readonly #logger: Logger;
  /** What failed and was not well since: told once, not with each job of a long outage. */
  readonly #failing = new Map<string, string>();

  constructor(url: string, duties: Duties, logger: Logger) {
    this.#duties = duties;
    this.#logger = logger;
    const retryStrategy = (times: number): number => Math.min(50 * times, 1_000);
    const failFast = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy });
    const patient = new Redis(url, { maxRetriesPerRequest: null, retryStrategy });
    this.#connections = [failFast, patient];
    for (const redis of this.#connections) redis.on('error', (error) => logger.debug({ err: error }, 'jobs Redis'));
    this.#queue = new Queue(WAKE_QUEUE, { connection: failFast });
    this.#worker = new Worker<WakeJob>(WAKE_QUEUE, (job) => this.#work(job), {
      connection: patient,
      concurrency: AT_ONCE,
      lockDuration: 10_000,
      stalledInterval: 5_000,
      maxStalledCount: 1_000,
      autorun: false,
    });
    const note = (error: Error): void => logger.debug({ err: error }, 'BullMQ');
    this.#queue.on('error', note);
    this.#worker.on('error', note);
    this.#waker = new Waker((partitions) => this.#queue.addBulk(wakeJobs(partitions)));
    // A jobs Redis that lost everything has lost the sweep too.
    failFast.on('ready', () => void this.#schedule());
  }

  /** Begins to work. Resolves at once: a jobs Redis that is away is waited for in the background. */
  start(): void {
    void this.#worker.run();
    void this.#schedule();
  }

  /** Wakes the projector of a partition, in whatever worker takes the job. */
  wake(partition: Partition): void {
    this.#waker.wake(partition);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.close();
    await this.#queue.close();
    for (const redis of this.#connections) redis.disconnect();
  }

  async #schedule(): Promise<void> {
    try {
      const opts = { attempts: 1, removeOnComplete: true, removeOnFail: true };
      for (const [name, every] of Object.entries(REGULAR)) {
        await this.#queue.upsertJobScheduler(name, { every }, { name, data: { partition: -1 }, opts });
      }
    } catch (error) {
      this.#logger.debug({ err: error }, 'The sweep could not be scheduled; it is tried again on the next connection.');
    }
  }

  /** Never fails: a failed job would wait where the next wake-ups are joined to it. The sweep comes in a second. */
  async #work(job: Job<WakeJob>): Promise<void> {
    try {
      if (job.name === 'sweep') await this.#sweep();
      else if (job.name === 'retain') await this.#duties.retain();
      else await this.#project(job.data.partition as Partition);
      this.#failing.delete(job.name);
    } catch (error) {
      this.#tell(error, job);
    }
  }

  #tell(error: unknown, { name, data: { partition } }: Job<WakeJob>): void {
    if (this.#failing.get(name) === String(error)) return;
    this.#failing.set(name, String(error));
    this.#logger.warn({ err: error, job: name, partition }, 'A job failed; the next one tries it again.');
  }

  async #sweep(): Promise<void> {
    for (const partition of await this.#duties.sweep()) this.wake(partition);
  }

  async #project(partition: Partition): Promise<void> {
    const outcome = await this.#duties.project(partition);
    if (outcome === 'more') this.wake(partition);
    else if (outcome !== 'caught_up') this.#logger.debug({ partition, outcome }, 'The projection stands.');
  }
}
