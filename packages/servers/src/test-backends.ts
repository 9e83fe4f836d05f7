import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';

import { ContainerServer } from './container-server.ts';
import { dockerAnswers, imageAvailable, IMAGES } from './docker-engine.ts';
import { ephemeralMongo, ephemeralRedis } from './ephemeral.ts';
import { RemoteServer } from './remote-server.ts';
import { ServerError, type ServerHandle } from './server-handle.ts';

/** Where the servers of a test come from. With `urls` they can't be killed, restarted or paused. */
export type TestMode = 'urls' | 'testcontainers' | 'local';

export interface TestBackends {
  readonly redis: ServerHandle;
  readonly mongodb: ServerHandle;
  /** For each of the two. */
  readonly mode: { readonly redis: TestMode; readonly mongodb: TestMode };
  /** Ends both and gives their data up. */
  stop(): Promise<void>;
}

const chosen = new Map<ServerHandle['kind'], Promise<TestMode>>();

/**
 * A Redis and a MongoDB for one test file, empty and of its own: from REDIS_URL and MONGODB_URL; else Testcontainers where
 * a Docker engine answers; else programs of this machine. Prints which it took. `PARLEY_TEST_SERVERS=testcontainers` or
 * `local` allows only that one. @returns both, running; rejects with `ServerError` when there is none.
 */
export async function testBackends(): Promise<TestBackends> {
  const [redis, mongodb] = await Promise.all([testServer('redis'), testServer('mongodb')]);
  return {
    redis: redis.server,
    mongodb: mongodb.server,
    mode: { redis: redis.mode, mongodb: mongodb.mode },
    stop: async () => {
      await Promise.all([redis.server.stop(), mongodb.server.stop()]);
    },
  };
}

/** One of the two alone. @param redisSettings over the production settings, where the server is ours. */
export async function testServer(
  kind: ServerHandle['kind'],
  redisSettings: Readonly<Record<string, string>> = {},
): Promise<{ server: ServerHandle; mode: TestMode }> {
  const mode = await (chosen.get(kind) ?? remember(kind));
  if (mode === 'urls') return { server: await (kind === 'redis' ? remoteRedis() : remoteMongo()), mode };
  if (mode === 'testcontainers') return { server: await ContainerServer.start(kind, redisSettings), mode };
  return { server: await (kind === 'redis' ? ephemeralRedis({ settings: redisSettings }) : ephemeralMongo()), mode };
}

async function remember(kind: ServerHandle['kind']): Promise<TestMode> {
  const choice = choose(kind);
  chosen.set(kind, choice);
  const mode = await choice;
  const where = {
    urls: 'given by URL',
    testcontainers: `Testcontainers (${IMAGES[kind]})`,
    local: 'program of this machine',
  };
  process.stdout.write(`test servers: ${kind}: ${where[mode]}\n`);
  return mode;
}

async function choose(kind: ServerHandle['kind']): Promise<TestMode> {
  const only = process.env.PARLEY_TEST_SERVERS;
  if (urlOf(kind) !== undefined) return 'urls';
  if (only === 'local') return 'local';
  if ((await dockerAnswers(60_000)) && (await imageAvailable(IMAGES[kind]))) return 'testcontainers';
  if (only !== 'testcontainers') return 'local';
  throw new ServerError(
    `PARLEY_TEST_SERVERS asks for Testcontainers, but Docker or its image ${IMAGES[kind]} is not there.`,
  );
}

function urlOf(kind: ServerHandle['kind']): string | undefined {
  const url = kind === 'redis' ? process.env.REDIS_URL : process.env.MONGODB_URL;
  return url === '' ? undefined : url;
}

/** An empty logical database of the given server, emptied again afterwards. */
async function remoteRedis(): Promise<ServerHandle> {
  const base = urlOf('redis') ?? '';
  const redis = new Redis(base);
  try {
    for (let database = 1; database < 16; database += 1) {
      await redis.select(database);
      // Two test files that look at the same time must not take the same one.
      if ((await redis.dbsize()) > 0 || (await redis.set('parley:test', process.pid, 'NX')) === null) continue;
      const url = new URL(base);
      url.pathname = `/${database}`;
      return new RemoteServer('redis', url.href, async () => emptied(url.href));
    }
  } finally {
    redis.disconnect();
  }
  throw new ServerError('All databases of the Redis at REDIS_URL hold keys. Give the tests an empty one.');
}

async function emptied(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushdb();
  redis.disconnect();
}

/** A database of its own on the given server, dropped afterwards. */
async function remoteMongo(): Promise<ServerHandle> {
  const name = `parley_test_${randomBytes(6).toString('hex')}`;
  // Several hosts may stand in the address, which no URL parser takes.
  const url = (urlOf('mongodb') ?? '').replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`);
  return Promise.resolve(
    new RemoteServer('mongodb', url, async () => {
      const client = new MongoClient(url);
      await client.db().dropDatabase();
      await client.close();
    }),
  );
}
