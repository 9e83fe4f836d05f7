import { Redis } from 'ioredis';

import { redactUrl } from './redact-url.ts';
import { ServerError } from './server-handle.ts';

const REQUIRED: readonly (readonly [setting: string, value: string, why: string])[] = [
  ['appendonly', 'yes', 'keeps no append-only file, so a restart would lose messages'],
  ['appendfsync', 'always', 'acknowledges messages before they are on disk'],
  ['no-appendfsync-on-rewrite', 'no', 'stops writing through to disk while it rewrites its file'],
  ['maxmemory-policy', 'noeviction', 'evicts keys when memory is short, so messages would vanish'],
];

const NO_EVICTION = REQUIRED.filter(([setting]) => setting === 'maxmemory-policy');

/**
 * Checks that a Redis may hold the log. Resolves when it may; rejects with `ServerError`: one sentence that says what to do.
 * @param acceptLoss the operator named the loss: settings that can lose acknowledged messages are let through, not eviction.
 */
export async function verifyRedis(url: string, acceptLoss = false): Promise<void> {
  const way = 'Start it, or take REDIS_URL away and Parley brings its own.';
  await verify(url, acceptLoss ? NO_EVICTION : REQUIRED, way);
}

/**
 * Checks that a Redis may hold the fan-out or the jobs: it may forget everything at once, but not one key here and there.
 * @param variable what names it, for the sentence of the `ServerError` that this rejects with.
 */
export async function verifySideRedis(url: string, variable: string): Promise<void> {
  await verify(url, NO_EVICTION, `Start it, or take ${variable} away and the log's Redis does its work.`);
}

async function verify(url: string, required: typeof REQUIRED, way: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 3_000, retryStrategy: () => null });
  redis.on('error', () => undefined); // the rejection below says the same
  try {
    await redis.connect();
    await redis.ping();
    const settings = await readSettings(redis);
    for (const [setting, value, why] of required) {
      if (settings.get(setting) === value) continue;
      throw new ServerError(
        `The Redis at ${redactUrl(url)} ${why}: set \`${setting} ${value}\` there and start again.`,
      );
    }
    if (settings.get('maxmemory') === '0') {
      throw new ServerError(
        `The Redis at ${redactUrl(url)} has no memory limit: set \`maxmemory\` there and start again.`,
      );
    }
  } catch (error) {
    if (error instanceof ServerError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError(`The Redis at ${redactUrl(url)} can't be used (${reason}). ${way}`, { cause: error });
  } finally {
    redis.disconnect();
  }
}

async function readSettings(redis: Redis): Promise<Map<string, string>> {
  const names = [...REQUIRED.map(([setting]) => setting), 'maxmemory'];
  const flat = (await redis.call('CONFIG', 'GET', ...names)) as string[];
  return new Map(names.map((name) => [name, flat[flat.indexOf(name) + 1] ?? '']));
}
