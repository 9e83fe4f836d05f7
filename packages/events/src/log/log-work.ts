import type { Redis } from 'ioredis';
import { PARTITIONS, type ConversationId, type Epoch, type Partition } from '../contract/ids.ts';
import { FANOUT_STREAM, partitionKeys, watermarkAt, type PartitionKeys } from './keys.ts';
import { connectWork, readInfo } from './log-server.ts';
import { rawId } from './raw-id.ts';
import { ReadingConnection } from './reading-connection.ts';
import { workScripts } from './script-texts.ts';
import type { StoredEntry } from './stored-entry.ts';
import { readEntries } from './stream-reply.ts';
import type { UnreadableEntry } from './event-log.ts';

/** What was read of a partition, and under which epoch and run. `run` is empty where nothing was opened yet. */
export interface LogBatch {
  readonly epoch: Epoch | '';
  readonly run: string;
  /** The last n in the log. */
  readonly head: number;
  readonly entries: (StoredEntry | UnreadableEntry)[];
}

export interface FanOutLimits {
  /** Entries older than this go. */
  readonly maxAgeMs: number;
  /** Above this many bytes the oldest half goes; above a quarter of the server's `maxmemory` in any case. */
  readonly maxBytes: number;
}

const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partitionKeys(partition as Partition));

/** Each connection answers one question at a time, and each answer waits for the fsync that is under way. */
const READINGS = 16;

/** A fan-out that filled its server would make every node deaf. */
const FANOUT_SHARE = 0.25;

/** The log as the worker uses it: it reads, says what is archived, and throws away what nobody needs any more. */
export class LogWork {
  readonly #redis: Redis;
  readonly #readings: readonly ReadingConnection[];

  /** Connects to the log Redis; every method rejects with a plain error while that is out of reach. */
  constructor(url: string) {
    this.#redis = connectWork(url);
    this.#readings = Array.from({ length: READINGS }, () => new ReadingConnection(url));
  }

  /**
   * Reads entries with n > `after`, in order, at most `count`, together with the epoch that they belong to, which is
   * the same before and after. Entries that can't be parsed come as they are.
   */
  async readLog(partition: Partition, after: number, count: number): Promise<LogBatch> {
    const keys = keysOf(partition);
    // Not MULTI: a server that is full refuses that, and then nothing could ever be archived and trimmed.
    const read = await this.#readingOf(partition).ask([
      ['HMGET', keys.epoch, 'id', 'run', 'n'],
      ['XRANGE', keys.log, `${after + 1}-0`, '+', 'COUNT', String(count)],
      ['HMGET', keys.epoch, 'id', 'run'],
    ]);
    read.array();
    const [epoch, run, head] = [read.text(), read.text(), read.text()];
    const entries = readEntries(read);
    read.array();
    if (epoch !== read.text() || run !== read.text()) return this.readLog(partition, after, count);
    return { epoch: (epoch ?? '') as Epoch | '', run: run ?? '', head: Number(head ?? 0), entries };
  }

  /** @returns the last n of each of the partitions, in order; of 0 to 63 where none are named. */
  async heads(partitions?: readonly Partition[]): Promise<number[]> {
    const pipeline = this.#redis.pipeline();
    for (const keys of partitions?.map(keysOf) ?? ALL) pipeline.hget(keys.epoch, 'n');
    const results = (await pipeline.exec()) ?? [];
    return results.map(([error, head]) => {
      if (error) throw error;
      return Number(head ?? 0);
    });
  }

  /**
   * Says that everything up to `n` is in the archive for good. `conversationIds`: those that had events in the batch.
   * A partition that has another epoch by now is left alone.
   * @returns the last n of the log, -1 for another epoch. Where the log has more, read on: nobody will be woken for it.
   */
  async archived(
    partition: Partition,
    epoch: Epoch,
    n: number,
    conversationIds: readonly ConversationId[],
  ): Promise<number> {
    const ids = Buffer.concat([...new Set(conversationIds)].map(rawId));
    return Number(await this.#eval('archived', keysOf(partition).epoch, [epoch, String(n), ids]));
  }

  /**
   * Drops receipts of commands that are more than an hour old and archived. Later retries of these commands are answered
   * from the archive. @returns how many buckets went.
   */
  async dropReceipts(partition: Partition, now: number = Date.now()): Promise<number> {
    return Number(await this.#eval('drop-receipts', keysOf(partition).epoch, [String(watermarkAt(now))]));
  }

  /** Trims whole nodes of a partition's log below what is archived, except the last `keep` events. @returns how many. */
  async trimLog(partition: Partition, keep: number): Promise<number> {
    return Number(await this.#eval('trim-log', keysOf(partition).epoch, [String(keep)]));
  }

  /** Trims the fan-out by age and size. @returns how many entries went. */
  async trimFanOut({ maxAgeMs, maxBytes }: FanOutLimits, now: number = Date.now()): Promise<number> {
    const old = await this.#redis.xtrim(FANOUT_STREAM, 'MINID', '~', String(now - maxAgeMs));
    const bytes = (await this.#redis.memory('USAGE', FANOUT_STREAM)) ?? 0;
    const limit = Number(readInfo(await this.#redis.info('memory')).get('maxmemory'));
    if (bytes <= (limit > 0 ? Math.min(maxBytes, limit * FANOUT_SHARE) : maxBytes)) return old;
    const length = await this.#redis.xlen(FANOUT_STREAM);
    return old + (await this.#redis.xtrim(FANOUT_STREAM, 'MAXLEN', '~', Math.floor(length / 2)));
  }

  close(): void {
    this.#redis.disconnect();
    for (const reading of this.#readings) reading.close();
  }

  #readingOf(partition: Partition): ReadingConnection {
    const reading = this.#readings[partition % READINGS];
    if (!reading) throw new Error(`There is no partition ${partition}.`);
    return reading;
  }

  /** These scripts need no epoch of the caller: they only touch what is archived, and SHA-1 is of one text for ever. */
  async #eval(name: keyof typeof workScripts, key: string, args: (string | Buffer)[]): Promise<unknown> {
    const { sha, text } = workScripts[name];
    try {
      return await this.#redis.call('EVALSHA', sha, 1, key, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#redis.call('EVAL', text, 1, key, ...args);
    }
  }
}

function keysOf(partition: Partition): PartitionKeys {
  return ALL[partition] ?? partitionKeys(partition);
}
