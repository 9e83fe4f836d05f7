import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './free-port.ts';
import { startLocalMongod, type LocalMongodOptions } from './local-mongod.ts';
import { startLocalRedis, type LocalRedisOptions } from './local-redis.ts';
import { LocalServer } from './local-server.ts';
import { localProgram } from './local-program.ts';
import { mongoUrl } from './replica-set.ts';

/** `port`: a free one by default. `dataDir`: kept after `stop`; by default a temporary folder that `stop` removes. */
export type EphemeralRedisOptions = Partial<Pick<LocalRedisOptions, 'settings' | 'under' | 'port' | 'dataDir'>>;
export type EphemeralMongoOptions = Partial<
  Pick<LocalMongodOptions, 'args' | 'cacheGB' | 'under' | 'port' | 'dataDir'>
>;

/**
 * A Redis of one's own with production settings (AOF on every write, no eviction, 512 MB), for a test.
 * @returns the running server; rejects with `ServerError` when there is no redis-server or it does not start.
 */
export async function ephemeralRedis(options: EphemeralRedisOptions = {}): Promise<LocalServer> {
  const program = await localProgram('redis');
  const { port, dataDir, temporary } = await place('redis', options);
  const start = async () => startLocalRedis({ ...options, program, port, dataDir });
  return LocalServer.start({ kind: 'redis', url: `redis://127.0.0.1:${port}`, port, dataDir, temporary, start });
}

/**
 * A MongoDB of one's own, a replica set of one, for a test.
 * @returns the running server, already primary; rejects with `ServerError` when there is no mongod or it does not start.
 */
export async function ephemeralMongo(options: EphemeralMongoOptions = {}): Promise<LocalServer> {
  const program = await localProgram('mongodb');
  const { port, dataDir, temporary } = await place('mongodb', options);
  const start = async () => startLocalMongod({ cacheGB: 0.25, ...options, program, port, dataDir });
  return LocalServer.start({ kind: 'mongodb', url: mongoUrl(port), port, dataDir, temporary, start });
}

async function place(
  kind: string,
  options: { port?: number; dataDir?: string },
): Promise<{ port: number; dataDir: string; temporary: boolean }> {
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), `parley-${kind}-`)));
  return { port, dataDir, temporary: options.dataDir === undefined };
}
