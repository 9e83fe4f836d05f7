import type { Partition } from '@parley/events';
import { LogWork } from '@parley/events/log';
import { migrate, openDatabase, type Database } from '@parley/read-models';
import { Redis } from 'ioredis';
import type { Config } from './config.ts';
import type { Logger } from './logger.ts';
import { allProjections } from './projections/all-projections.ts';
import { answerReplays } from './projector/asked-replays.ts';
import { ProjectorSet } from './projector/projector-set.ts';
import { partitionsBehind } from './projector/sweep.ts';
import { Watch } from './projector/watch.ts';
import { WakeUps } from './projector/wake.ts';
import { flushMarks } from './retention/flush-marks.ts';
import { RelayThread } from './relay/relay-thread.ts';
import { retain } from './retention/retain.ts';
import { untilMigrated } from './until-migrated.ts';

/** Events of one transaction: more is no faster, and makes what a lost race throws away larger. */
const BATCH = 1_000;

/** The worker: projectors, wake-ups and retention, over one MongoDB and one log. */
export class App implements AsyncDisposable {
  readonly #resources: AsyncDisposableStack;

  private constructor(resources: AsyncDisposableStack) {
    this.#resources = resources;
  }

  /**
   * Waits until MongoDB is there, brings its collections up to date and begins to work.
   * @param ended aborts the waiting when the process is to end.
   */
  static async start(config: Config, logger: Logger, ended: AbortSignal): Promise<App> {
    await using resources = new AsyncDisposableStack();
    const database = resources.use(openDatabase(config.mongodbUrl));
    await untilMigrated(() => migrate(database), logger, ended);
    const log = resources.adopt(new LogWork(config.logUrl), (work) => work.close());
    const apart = config.fanoutUrl !== config.logUrl;
    const fanOut = apart ? resources.adopt(new LogWork(config.fanoutUrl), (work) => work.close()) : log;
    if (apart) resources.use(new RelayThread(config));
    const marks = resources.adopt(connectMarks(config.logUrl, logger), (redis) => redis.disconnect());
    const projectors = resources.use(
      new ProjectorSet({ database, log, projections: allProjections, logger, batch: BATCH }),
    );
    resources.use(
      new Watch(
        () => partitionsBehind(log, database),
        (partition) => projectors.follow(partition),
        logger,
      ),
    );
    const wakeUps = resources.use(
      new WakeUps(config.jobsUrl, dutiesOf(config, { database, log, fanOut, marks, projectors, logger }), logger),
    );
    // Jobs that wait for news end at once, so that closing need not wait for them.
    resources.defer(() => projectors.drain());
    wakeUps.start();
    return new App(resources.move());
  }

  /** Finishes the batches under way and closes every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

interface Parts {
  readonly database: Database;
  readonly log: LogWork;
  /** The same where the log's Redis has that role too. */
  readonly fanOut: LogWork;
  readonly marks: Redis;
  readonly projectors: ProjectorSet;
  readonly logger: Logger;
}

function dutiesOf(config: Config, { database, log, fanOut, marks, projectors, logger }: Parts) {
  return {
    project: (partition: Partition) => projectors.follow(partition),
    sweep: async () => {
      await answerReplays(database, (id) => projectors.replay(id), logger);
      return (await partitionsBehind(log, database)).map(({ partition }) => partition);
    },
    // What is trimmed needs no MongoDB: the fan-out grows while that is away, too.
    retain: async () => {
      const [flushed] = await Promise.allSettled([flushMarks(marks, database), retain(log, fanOut, config)]);
      if (flushed.status === 'rejected') throw flushed.reason;
    },
  };
}

function connectMarks(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
  });
  redis.on('error', (error) => logger.debug({ err: error }, 'log Redis'));
  return redis;
}
