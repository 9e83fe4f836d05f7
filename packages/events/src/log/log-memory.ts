import type { Redis } from 'ioredis';
import { readInfo } from './log-server.ts';

/** Above this part of `maxmemory` nothing is appended, so that projection and trimming still have room to work. */
const FULL = 0.8;
const EVERY_MS = 1_000;

/** Watches how full the log's server is. */
export class LogMemory {
  readonly #redis: Redis;
  readonly #timer: NodeJS.Timeout;
  #full = false;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#timer = setInterval(() => void this.look(), EVERY_MS);
    this.#timer.unref();
  }

  get full(): boolean {
    return this.#full;
  }

  /** Looks now. What can't be asked leaves the last answer standing: an append would fail by itself. */
  async look(): Promise<void> {
    try {
      const info = readInfo(await this.#redis.info('memory'));
      const limit = Number(info.get('maxmemory'));
      this.#full = limit > 0 && Number(info.get('used_memory')) > FULL * limit;
    } catch {
      // The connection itself says that the server is away.
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
