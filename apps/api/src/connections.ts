import type { Partition } from '@parley/events';
import { WAKE_QUEUE, Waker, wakeJobs, type Database, type WakeJob } from '@parley/read-models';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from './logger.ts';

/** How long one answer of Redis may take before the request is refused. */
const PATIENCE_MS = 1_500;

/** @returns a client for reads that must fail fast rather than wait for a server that is away. */
export function connectReads(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: PATIENCE_MS,
    connectTimeout: 5_000,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
  });
  redis.on('error', (error) => logger.debug({ error }, 'a Redis client lost its server'));
  return redis;
}

/** Wakes the workers after each append, through a queue that never makes an append wait. */
export class WakeQueue implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #queue: Queue<WakeJob>;
  readonly #waker: Waker;

  constructor(url: string, logger: Logger) {
    this.#redis = connectReads(url, logger);
    this.#queue = new Queue<WakeJob>(WAKE_QUEUE, { connection: this.#redis, skipMetasUpdate: true });
    this.#queue.on('error', (error) => logger.debug({ error }, 'a wake-up was lost'));
    this.#waker = new Waker((partitions) => this.#addAll(partitions));
  }

  /** Never throws, never waits: what is lost, the workers' own sweep finds. */
  readonly wake = (partition: Partition): void => this.#waker.wake(partition);

  /** As one write. Not `addBulk`: its pipeline takes on every one of BullMQ's scripts first, a millisecond each time. */
  async #addAll(partitions: readonly Partition[]): Promise<void> {
    const { stream } = this.#redis;
    stream.cork();
    setImmediate(() => stream.uncork());
    await Promise.all(wakeJobs(partitions).map(({ name, data, opts }) => this.#queue.add(name, data, opts)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close().catch(() => undefined);
    this.#redis.disconnect();
  }
}

/** Watches whether MongoDB has a primary that answers. */
export class MongoWatch {
  #reachable = false;

  constructor({ client }: Database) {
    client.on('topologyDescriptionChanged', ({ newDescription }) => {
      const servers = [...newDescription.servers.values()];
      this.#reachable = servers.some(({ type }) => ['RSPrimary', 'Mongos', 'LoadBalancer'].includes(type));
    });
  }

  get reachable(): boolean {
    return this.#reachable;
  }
}
