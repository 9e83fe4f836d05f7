import type { Redis } from 'ioredis';
import { PARTITIONS, type Epoch, type Partition, type UserId } from '../contract/ids.ts';
import type { LogEntry, UnreadableEntry } from './event-log.ts';
import { partitionKeys } from './keys.ts';
import { connectWork } from './log-server.ts';
import { readEntry, type RawStreamEntry } from './stream-entry.ts';

/** Where a partition's log stands. */
export interface LogPlace {
  readonly epoch: Epoch;
  readonly n: number;
}

/** The log as one run of its server knows it: each partition's present epoch and last n. */
export interface LogHeads {
  readonly run: string;
  readonly heads: readonly LogPlace[];
}

/** What the partitions hold next. `run` is the one that held when this was read, or a later one. */
export interface TailRead {
  readonly run: string;
  readonly entries: ReadonlyMap<Partition, readonly (LogEntry | UnreadableEntry)[]>;
}

/** Longest wait for something new, in milliseconds; shorter than what counts as a silent server. */
const BLOCK_MS = 1_000;
/** Entries of one partition in one reading. */
const COUNT = 200;
const SCANNED = 1_000;

const KEYS = Array.from({ length: PARTITIONS }, (_, partition) => partitionKeys(partition as Partition));
const PARTITION_OF = new Map(KEYS.map(({ log }, partition) => [log, partition as Partition]));

/** Reads all partitions of the log as they grow, for a relay. Every method rejects with what Redis answers. */
export class LogTail {
  readonly #tail: Redis;
  readonly #redis: Redis;

  constructor(url: string) {
    this.#tail = connectWork(url);
    this.#redis = connectWork(url);
  }

  /** @returns where the log stands, or undefined while not all of its partitions are opened in this run. */
  async heads(): Promise<LogHeads | undefined> {
    const pipeline = this.#redis.pipeline().hmget('parley:log', 'run', 'name');
    for (const { epoch } of KEYS) pipeline.hmget(epoch, 'run', 'id', 'n');
    const [named, ...partitions] = repliesOf(await pipeline.exec()) as (string | null)[][];
    const run = runOf(named);
    const heads = partitions.map(([of, epoch, n]) =>
      of === run && epoch ? { epoch: epoch as Epoch, n: Number(n) } : null,
    );
    return heads.includes(null) ? undefined : { run, heads: heads.filter((head) => head !== null) };
  }

  /**
   * Waits for at most a second until a partition holds more than `after` says.
   * @param after the last n of each partition that is known.
   */
  async next(after: readonly number[]): Promise<TailRead> {
    const logs = KEYS.map(({ log }) => log);
    const ids = after.map((n) => `${n}-0`);
    // The run is asked behind the entries, on the same connection: an entry of a later run is never taken for an old one.
    const results = await this.#tail
      .pipeline()
      .xreadBuffer('COUNT', COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', ...logs, ...ids)
      .hmget('parley:log', 'run', 'name')
      .exec();
    const [streams, named] = repliesOf(results) as [[Buffer, RawStreamEntry[]][] | null, (string | null)[]];
    const entries = (streams ?? []).flatMap(([key, raw]) => {
      const partition = PARTITION_OF.get(key.toString('latin1'));
      return partition === undefined ? [] : [[partition, raw.map(readEntry)] as const];
    });
    return { run: runOf(named), entries: new Map(entries) };
  }

  /** Goes through everybody who is a member of something. @returns users with their conversations, 16 raw bytes each. */
  async *hearing(): AsyncGenerator<{ userId: UserId; conversations: Buffer }[]> {
    const prefix = 'fanout:user:';
    for await (const found of this.#redis.scanStream({ match: `${prefix}*`, count: SCANNED })) {
      const keys = found as string[];
      const sets = await Promise.all(keys.map((key) => this.#redis.smembersBuffer(key)));
      yield keys.map((key, at) => {
        return { userId: key.slice(prefix.length) as UserId, conversations: Buffer.concat(sets[at] ?? []) };
      });
    }
  }

  close(): void {
    this.#tail.disconnect();
    this.#redis.disconnect();
  }
}

function repliesOf(results: [Error | null, unknown][] | null): unknown[] {
  return (results ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}

/** As the log's scripts name it: see `LogRun`. */
function runOf(named: readonly (string | null)[] | undefined): string {
  return `${named?.[0] ?? ''}-${named?.[1] ?? ''}`;
}
