import { randomBytes, randomInt } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { ConversationId, Epoch, Partition } from '../contract/ids.ts';
import type { Mark } from '../contract/live.ts';
import type { Archive, Lineage, LineageEntry } from './event-log.ts';
import { partitionKeys, watermarkAt } from './keys.ts';
import { connectOnce, LogServerError, verifyLogServer } from './log-server.ts';
import { restoreMarks } from './marks.ts';
import { idText } from './raw-id.ts';
import { packReplay } from './replay-record.ts';
import { beginRun, scriptsOf, type RunScripts } from './script-texts.ts';

export interface OpeningOptions {
  readonly url: string;
  readonly acceptLoss: boolean;
  readonly lineage: Lineage;
  readonly archive: Archive;
  /** The fan-out is another server: the log's scripts write nothing there. */
  readonly relayed?: boolean;
}

/** How many archived events go back into the log in one call. */
const REPLAY_EVENTS = 500;

/**
 * One verified run of the log's server, on one connection: if the server is another one, the connection is gone, so that
 * what is read, loaded and set here belongs to the same run.
 */
export class LogRun {
  /** The server's run_id and the log's name: a log that was flushed is another run too. */
  readonly run: string;
  readonly scripts: RunScripts;
  readonly #redis: Redis;
  readonly #options: OpeningOptions;

  private constructor(redis: Redis, options: OpeningOptions, run: string) {
    this.#redis = redis;
    this.#options = options;
    this.run = run;
    this.scripts = scriptsOf(run, options.relayed);
  }

  /** Connects, verifies the server and loads the scripts of its run. Rejects when that can't be. */
  static async begin(options: OpeningOptions): Promise<LogRun> {
    const redis = await connectOnce(options.url);
    try {
      const runId = await verifyLogServer(redis, options.acceptLoss);
      const name = randomBytes(4).toString('hex');
      const named = (await redis.eval(beginRun, 0, runId, name)) as string;
      const run = new LogRun(redis, options, `${runId}-${named}`);
      await Promise.all(Object.values(run.scripts).map((script) => redis.script('LOAD', script.text)));
      return run;
    } catch (error) {
      redis.disconnect();
      throw error;
    }
  }

  /**
   * @returns the epoch of a partition in this run; opens it if nobody has yet. Rejects with a `LogServerError` where the
   * log has never known the partition and the archive has: then the log's data is gone, and only `restore` opens it.
   */
  async open(partition: Partition): Promise<Epoch> {
    const keys = partitionKeys(partition);
    const [run, id, n] = await this.#redis.hmget(keys.epoch, 'run', 'id', 'n');
    if (run === this.run && id) return id as Epoch;
    const proposed = randomBytes(8).toString('hex') as Epoch;
    const lineage = await this.#options.lineage.open(partition, this.run, proposed, Number(n ?? 0));
    // A log that lost its tail still knows that it was opened before, even where the tail was all that it had.
    if (!run && lineage.archivedN > 0) throw emptied();
    await this.#replay(partition, Number(n ?? 0), lineage, true);
    return this.#begin(partition, lineage);
  }

  /**
   * Like `open`, for a server that is empty and whose state is to come from the archive.
   * @returns how many events the archive has.
   */
  async restore(partition: Partition): Promise<number> {
    const keys = partitionKeys(partition);
    const [run, n] = await this.#redis.hmget(keys.epoch, 'run', 'n');
    if (run) return 0;
    const proposed = randomBytes(8).toString('hex') as Epoch;
    const lineage = await this.#options.lineage.open(partition, this.run, proposed, Number(n ?? 0));
    await this.#redis.hsetnx(keys.epoch, 'watermark', String(watermarkAt(Date.now())));
    await this.#replay(partition, Number(n ?? 0), lineage, false);
    await this.#begin(partition, lineage);
    return lineage.archivedN;
  }

  /** Brings back how far everybody had read, as it was kept. */
  async restoreMarks(kept: AsyncIterable<Mark>): Promise<void> {
    await restoreMarks(this.#redis, kept);
  }

  /** @returns the head of every conversation that the log knows now. */
  async heads(): Promise<Map<ConversationId, number>> {
    const heads = new Map<ConversationId, number>();
    const key = Buffer.from('{p00}:c:').length;
    for await (const found of this.#redis.scanBufferStream({ match: '{p[0-6][0-9]}:c:*', count: 1_000 })) {
      const keys = (found as Buffer[]).filter(({ length }) => length === key + 16);
      const stored = await Promise.all(keys.map((one) => this.#redis.hget(one, 'h')));
      for (const [at, one] of keys.entries()) heads.set(idText<ConversationId>(one, key), Number(stored[at] ?? 0));
    }
    return heads;
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** The archive holds what a crash took from the log: it goes back, with receipts and write-side state. */
  async #replay(partition: Partition, lastN: number, lineage: OpenedLineage, intoStream: boolean): Promise<void> {
    const { sha } = this.scripts.replay;
    let after = lastN;
    while (after < lineage.archivedN) {
      const entries = await this.#options.archive.entriesAfter(partition, after, REPLAY_EVENTS);
      const packed = packReplay(entries, after, lineage.all);
      const { epoch } = partitionKeys(partition);
      after = Number(await this.#redis.evalsha(sha, 1, epoch, intoStream ? '1' : '0', packed));
    }
  }

  async #begin(partition: Partition, lineage: OpenedLineage): Promise<Epoch> {
    const { current, all, archivedN } = lineage;
    const flat = all.flatMap((entry) => [entry.epoch, String(entry.began)]);
    const epoch = await this.#redis.evalsha(
      this.scripts.open.sha,
      1,
      partitionKeys(partition).epoch,
      current.epoch,
      String(current.began),
      String(randomInt(1, 2 ** 31)),
      String(watermarkAt(Date.now())),
      String(archivedN),
      ...flat,
    );
    if (typeof epoch === 'string') return epoch as Epoch;
    throw new Error(`Partition ${partition} moved while its epoch was opened; it is tried again.`);
  }
}

interface OpenedLineage {
  readonly current: LineageEntry;
  readonly all: LineageEntry[];
  readonly archivedN: number;
}

function emptied(): LogServerError {
  return new LogServerError(
    'emptied',
    'The log Redis is empty, but the archive holds events: bring its data back, or run `npm run parley -- restore-log`.',
  );
}
