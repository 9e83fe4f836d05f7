import { totalmem } from 'node:os';
import {
  findServer,
  redactUrl,
  ServerError,
  verifyMongo,
  verifySideRedis,
  type FoundServer,
  type ServerHandle,
} from '@parley/servers';

import type { ParleyConfig } from '../config.ts';
import { Refused } from './refused.ts';
import { verifyLog } from './verify-log.ts';

const MB = 1024 * 1024;

export interface Servers {
  readonly redis: FoundServer;
  readonly mongodb: FoundServer;
  /** Given by URL, where the log's Redis does not have that role too. */
  readonly fanout: FoundServer | undefined;
  readonly jobs: FoundServer | undefined;
}

/**
 * Finds, starts and checks Redis and MongoDB, both at the same time, and checks the Redis of the fan-out and of the jobs.
 * @returns all of them, running; rejects with `Refused`, and then none is left running.
 */
export async function bringServers(config: ParleyConfig, say: (text: string) => void): Promise<Servers> {
  const [redis, mongodb] = await Promise.allSettled([bring('redis', config, say), bring('mongodb', config, say)]);
  if (redis.status === 'fulfilled' && mongodb.status === 'fulfilled') {
    const found = { redis: redis.value, mongodb: mongodb.value };
    return { ...found, ...(await sideServers(found.redis.server.url, config, say)) };
  }
  const reasons: Error[] = [];
  for (const outcome of [redis, mongodb]) {
    if (outcome.status === 'fulfilled') await outcome.value.server.stop();
    else if (outcome.reason instanceof ServerError) reasons.push(outcome.reason);
    else throw outcome.reason;
  }
  throw new Refused(reasons.map((reason) => reason.message).join('\n'));
}

async function bring(
  kind: ServerHandle['kind'],
  config: ParleyConfig,
  say: (text: string) => void,
): Promise<FoundServer> {
  const found = await findServer({
    kind,
    url: kind === 'redis' ? config.redisUrl : config.mongoUrl,
    dataDir: config.dataDir,
    redisSettings: { maxmemory: String(shareOfMemory(0.2, 256, 16_384) * MB) },
    mongoCacheGB: shareOfMemory(0.15, 256, 8_192) / 1024,
    allowDocker: config.allowDocker,
    ...(config.inherited.PATH === undefined ? {} : { path: config.inherited.PATH }),
    say,
  });
  try {
    if (kind === 'mongodb') await verifyMongo(found.server.url);
    else {
      await verifyLog(found.server.url, config.acceptLoss);
      for (const { url, variable } of sideRoles(found.server.url, config)) await verifySideRedis(url, variable);
    }
  } catch (error) {
    await found.server.stop();
    throw error;
  }
  say(`${kind === 'redis' ? 'Redis' : 'MongoDB'}: ${found.found}, at ${redactUrl(found.server.url)}`);
  return found;
}

interface SideRole {
  readonly role: 'fanout' | 'jobs';
  readonly variable: string;
  readonly url: string;
}

function sideRoles(logUrl: string, { fanoutUrl = logUrl, jobsUrl = logUrl }: ParleyConfig): SideRole[] {
  const roles: SideRole[] = [
    { role: 'fanout', variable: 'REDIS_FANOUT_URL', url: fanoutUrl },
    { role: 'jobs', variable: 'REDIS_JOBS_URL', url: jobsUrl },
  ];
  return roles.filter(({ url }) => url !== logUrl);
}

async function sideServers(
  logUrl: string,
  config: ParleyConfig,
  say: (text: string) => void,
): Promise<Pick<Servers, 'fanout' | 'jobs'>> {
  const servers: { fanout: FoundServer | undefined; jobs: FoundServer | undefined } = {
    fanout: undefined,
    jobs: undefined,
  };
  for (const { role, variable, url } of sideRoles(logUrl, config)) {
    const { server } = await findServer({ kind: 'redis', url, dataDir: config.dataDir });
    servers[role] = { server, how: 'url', found: variable };
    say(`Redis for ${role === 'fanout' ? 'the fan-out' : 'jobs'}: ${variable}, at ${redactUrl(url)}`);
  }
  return servers;
}

/** @returns that share of this machine's (or this container's) memory in whole megabytes, within bounds. */
function shareOfMemory(share: number, least: number, most: number): number {
  const limit = process.constrainedMemory();
  const memory = limit > 0 && limit < totalmem() ? limit : totalmem();
  return Math.round(Math.min(most, Math.max(least, (memory / MB) * share)));
}
