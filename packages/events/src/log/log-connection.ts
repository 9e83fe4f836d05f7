import { randomInt } from 'node:crypto';
import type { Redis } from 'ioredis';
import { PARTITIONS, type Epoch, type Partition } from '../contract/ids.ts';
import { RefusalError, type Refusal } from '../contract/error.ts';
import { LogRun, type OpeningOptions } from './epoch-opening.ts';
import { connectLog, LogServerError, SILENCE_MS } from './log-server.ts';
import type { RunScripts, ScriptName } from './script-texts.ts';

export interface LogConnectionOptions extends OpeningOptions {
  /** Told of the faults that are not the caller's, of each kind once until the log is well again: for the logger. */
  readonly onFault?: (fault: unknown) => void;
}

/** Whether the log can be used, and if not, why. */
export type LogStatus = { readonly ready: true } | { readonly ready: false; readonly reason: string };

const OPENINGS_AT_ONCE = 8;
const RETRY_MS = 500;

export const unavailable: Refusal = {
  kind: 'unavailable',
  message: 'The log is out of reach at the moment: send it again.',
  retryAfterMs: 500,
};
export const logFull: Refusal = {
  kind: 'log_full',
  message: 'The log has no room left at the moment: send it again later, and tell your operator.',
  retryAfterMs: 5_000,
};

/**
 * The connection to the log's server and what is known of its run: scripts, and the epoch of each partition. A server
 * that does not know a script is another run: it is verified and its epochs are opened before anything else happens.
 */
export class LogConnection {
  readonly redis: Redis;
  readonly #options: LogConnectionOptions;
  readonly #epochs = new Map<Partition, Epoch>();
  readonly #opened: (partition: Partition) => void;
  #scripts: RunScripts | undefined;
  #opening: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #fault: unknown = new Error('The log was not reached yet.');
  /** What was told since the log was well the last time: a long outage is one line, not two a second. */
  readonly #told = new Set<string>();
  #closed = false;

  /** `opened` is told of each partition whose epoch is known, and again whenever it was opened anew. */
  constructor(options: LogConnectionOptions, opened: (partition: Partition) => void) {
    this.#options = options;
    this.#opened = opened;
    this.redis = connectLog(options.url);
    this.redis.connect().catch(() => undefined);
  }

  status(): LogStatus {
    if (this.redis.status !== 'ready') return { ready: false, reason: 'The log Redis is out of reach.' };
    if (this.#fault === undefined && this.#epochs.size === PARTITIONS) return { ready: true };
    const reason = this.#fault instanceof Error ? this.#fault.message : 'The epochs of the log are being opened.';
    return { ready: false, reason };
  }

  /** @returns the epoch of a partition in this run, once it is known. */
  epoch(partition: Partition): Epoch | undefined {
    return this.#epochs.get(partition);
  }

  /** Opens what is not open. Rejects only with a `LogServerError`: everything else is tried again in the background. */
  async open(): Promise<void> {
    this.#opening ??= this.#openAll().finally(() => {
      this.#opening = undefined;
      // Closed again by a late answer of the run before, after all were open.
      if (this.#fault === undefined && this.#epochs.size < PARTITIONS && !this.#closed) this.#reopen();
    });
    await this.#opening;
    if (this.#fault instanceof LogServerError) throw this.#fault;
  }

  /**
   * Runs a script once. Rejects with what ioredis says; see `lostRun`.
   * @returns its reply with bulk strings as buffers.
   */
  run(name: ScriptName, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    if (!this.#scripts) return Promise.reject(new RefusalError(unavailable));
    return this.redis.callBuffer('EVALSHA', this.#scripts[name].sha, keys.length, ...keys, ...args);
  }

  /** Runs a script for several partitions, sent as one write. @returns for each the reply as `run` does, or the error. */
  async runAll(
    name: ScriptName,
    calls: readonly { readonly key: string; readonly args: readonly (string | Buffer)[] }[],
  ): Promise<unknown[]> {
    if (!this.#scripts) throw new RefusalError(unavailable);
    const { sha } = this.#scripts[name];
    const pipeline = this.redis.pipeline();
    for (const { key, args } of calls) pipeline.callBuffer('EVALSHA', sha, 1, key, ...args);
    const results = (await pipeline.exec()) ?? [];
    return results.map(([error, reply]) => error ?? reply);
  }

  /** Runs a script that only reads or may be repeated. Rejects with a `RefusalError` `unavailable`. */
  async ask(name: ScriptName, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      if (!this.#scripts) await this.#reopened();
      return await this.run(name, keys, args);
    } catch (error) {
      if (!this.lostRun(error)) throw refused(error);
    }
    await this.#reopened();
    return this.run(name, keys, args).catch((error: unknown) => {
      throw refused(error);
    });
  }

  /** @returns whether an error says that the server runs anew. Then its epochs are opened in the background. */
  lostRun(error: unknown): boolean {
    if (!(error instanceof Error) || !/^(NOSCRIPT|STALE)/.test(error.message)) return false;
    this.#epochs.clear();
    this.#reopen();
    return true;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.redis.disconnect();
  }

  async #reopened(): Promise<void> {
    const slow = new Promise<void>((resolve) => setTimeout(resolve, SILENCE_MS).unref());
    await Promise.race([this.open().catch(() => undefined), slow]);
  }

  #reopen(): void {
    this.open().catch(() => undefined);
  }

  async #openAll(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      const run = await LogRun.begin(this.#options);
      this.#scripts = run.scripts;
      try {
        // A late answer of the run before may close what was just opened: again, until all are open.
        while (this.#epochs.size < PARTITIONS) await this.#openPartitions(run);
      } finally {
        run.close();
      }
      this.#fault = undefined;
      this.#told.clear();
    } catch (error) {
      this.#noteFault(error);
    }
  }

  async #openPartitions(run: LogRun): Promise<void> {
    // Nodes come back together: each begins elsewhere, and later finds open what another has opened meanwhile.
    const first = randomInt(PARTITIONS);
    const missing = Array.from({ length: PARTITIONS }, (_, at) => ((first + at) % PARTITIONS) as Partition).filter(
      (partition) => !this.#epochs.has(partition),
    );
    const faults: unknown[] = [];
    const worker = async (): Promise<void> => {
      for (let next = missing.shift(); next !== undefined; next = missing.shift()) {
        await this.#openPartition(run, next).catch((fault: unknown) => faults.push(fault));
      }
    };
    await Promise.all(Array.from({ length: OPENINGS_AT_ONCE }, worker));
    if (faults.length > 0) throw faults.find((fault) => fault instanceof LogServerError) ?? faults[0];
  }

  async #openPartition(run: LogRun, partition: Partition): Promise<void> {
    this.#epochs.set(partition, await run.open(partition));
    this.#opened(partition);
  }

  #tell(error: unknown): void {
    const kind = String(error);
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#options.onFault?.(error);
  }

  #noteFault(error: unknown): void {
    this.#fault = error;
    this.#tell(error);
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#reopen();
    }, RETRY_MS);
    this.#retry.unref();
  }
}

/** @returns the refusal for an error of the log's server. */
export function refusalFor(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  return error instanceof Error && error.message.startsWith('OOM') ? logFull : unavailable;
}

function refused(error: unknown): RefusalError {
  return error instanceof RefusalError ? error : new RefusalError(refusalFor(error), { cause: error });
}
