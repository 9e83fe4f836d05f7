import type { Redis } from 'ioredis';
import { RefusalError } from '../contract/error.ts';
import { unavailable } from './log-connection.ts';
import { connectLog, connectOnce, readInfo } from './log-server.ts';
import { meetRun, relayedScripts, type RelayedScriptName } from './relayed-scripts.ts';

/** The fan-out's Redis answers, but may not be used as it is. The message says what to change. */
export class FanOutServerError extends Error {
  override readonly name = 'FanOutServerError';
}

/**
 * The connection to a fan-out on a server of its own. A server that does not know a script runs anew: it is verified and
 * its counter jumps before anything is written, so that every node sees a hole.
 */
export class FanOutConnection {
  readonly redis: Redis;
  readonly #url: string;
  #meeting: Promise<void> | undefined;

  constructor(url: string) {
    this.#url = url;
    this.redis = connectLog(url);
    this.redis.connect().catch(() => undefined);
  }

  /** Runs a script that may be repeated. Rejects with a `RefusalError` `unavailable`. */
  async ask(name: RelayedScriptName, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      return await this.call(name, keys, args);
    } catch (error) {
      throw new RefusalError(unavailable, { cause: error });
    }
  }

  /** The same, rejecting with what Redis answers, or with a `FanOutServerError`. Bulk strings come as buffers. */
  async call(name: RelayedScriptName, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      return await this.#run(name, keys, args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    }
    this.#meeting ??= meet(this.#url).finally(() => (this.#meeting = undefined));
    await this.#meeting;
    return this.#run(name, keys, args);
  }

  close(): void {
    this.redis.disconnect();
  }

  #run(name: RelayedScriptName, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    return this.redis.callBuffer('EVALSHA', relayedScripts[name].sha, keys.length, ...keys, ...args);
  }
}

/** On one connection, so that it is one and the same run that is verified, told of and given the scripts. */
async function meet(url: string): Promise<void> {
  const redis = await connectOnce(url);
  try {
    const info = readInfo(await redis.info());
    if (info.get('role') !== 'master') {
      throw new FanOutServerError('REDIS_FANOUT_URL points to a replica: point it to the primary.');
    }
    if ((info.get('maxmemory_policy') ?? 'noeviction') !== 'noeviction') {
      const why = 'The fan-out Redis throws keys away when memory is short';
      throw new FanOutServerError(`${why}: set \`maxmemory-policy noeviction\` there.`);
    }
    await redis.eval(meetRun, 0, info.get('run_id') ?? '');
    await Promise.all(Object.values(relayedScripts).map(({ text }) => redis.script('LOAD', text)));
  } finally {
    redis.disconnect();
  }
}
