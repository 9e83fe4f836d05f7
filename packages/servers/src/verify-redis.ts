import { Redis } from 'ioredis';

import { redactUrl } from './redact-url.ts';
import { ServerError } from './server-handle.ts';
import { OLDEST } from './server-programs.ts';

/**
 * Checks that a Redis may hold the fan-out or the jobs: it may forget everything at once, but not one key here and there.
 * What the log's Redis must be is for the log to say.
 * @param variable what names it, for the sentence of the `ServerError` that this rejects with.
 */
export async function verifySideRedis(url: string, variable: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 3_000, retryStrategy: () => null });
  redis.on('error', () => undefined); // the rejection below says the same
  try {
    await redis.connect();
    const fault = await faultOf(redis);
    if (fault !== undefined) throw new ServerError(`The Redis at ${redactUrl(url)} ${fault}.`);
  } catch (error) {
    if (error instanceof ServerError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const way = `Start it, or take ${variable} away and the log's Redis does its work.`;
    throw new ServerError(`The Redis at ${redactUrl(url)} can't be used (${reason}). ${way}`, { cause: error });
  } finally {
    redis.disconnect();
  }
}

async function faultOf(redis: Redis): Promise<string | undefined> {
  const version = /^redis_version:(.*)$/m.exec(await redis.info('server'))?.[1]?.trim() ?? 'unknown';
  if (!(Number.parseInt(version, 10) >= OLDEST.redis)) {
    return `is version ${version}; Parley needs ${OLDEST.redis} or newer`;
  }
  if ((await setting(redis, 'maxmemory-policy')) !== 'noeviction') {
    const why = 'evicts keys when memory is short, so what waits there would vanish';
    return `${why}: set \`maxmemory-policy noeviction\` there and start again`;
  }
  if ((await setting(redis, 'maxmemory')) === '0') {
    return 'has no memory limit: set `maxmemory` there and start again';
  }
  return undefined;
}

async function setting(redis: Redis, name: string): Promise<string | undefined> {
  const [, value] = (await redis.call('CONFIG', 'GET', name)) as string[];
  return value;
}
