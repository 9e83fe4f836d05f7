import type { ParleyConfig } from '../config.ts';
import { bringServers } from '../start/bring-servers.ts';
import { lockDataFolder } from '../start/data-lock.ts';
import { readStatus } from '../status.ts';

export interface ServerUrls {
  readonly redis: string;
  readonly mongodb: string;
}

/**
 * Calls `use` with both servers' URLs: those of the environment and of the Parley that runs on the data folder; where none
 * runs, its servers are brought up for as long as `use` takes. @returns what `use` gives; rejects with `Refused` or with
 * what `use` rejects with.
 */
export async function withServers<T>(config: ParleyConfig, use: (urls: ServerUrls) => Promise<T>): Promise<T> {
  const redis = config.redisUrl ?? runningUrl(config, 'redis');
  const mongodb = config.mongoUrl ?? runningUrl(config, 'mongodb');
  if (redis !== undefined && mongodb !== undefined) return use({ redis, mongodb });
  const unlock = lockDataFolder(config.dataDir);
  try {
    const servers = await bringServers(config, (text) => process.stderr.write(`${text}\n`));
    try {
      return await use({ redis: servers.redis.server.url, mongodb: servers.mongodb.server.url });
    } finally {
      await Promise.all([servers.redis.server.stop(), servers.mongodb.server.stop()]);
    }
  } finally {
    unlock();
  }
}

/**
 * @returns the URL of a server of the Parley that runs on the data folder, if it brought that itself: the status does not
 * hold the passwords of others.
 */
export function runningUrl(config: ParleyConfig, role: string): string | undefined {
  return readStatus(config.dataDir)?.servers.find((one) => one.role === role && one.how !== 'url')?.url;
}
