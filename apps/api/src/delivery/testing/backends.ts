import { archiveOf, lineageOf, migrate, openDatabase, type Database } from '@parley/read-models';
import { ephemeralMongo, ephemeralRedis } from '@parley/servers';

type Server = Awaited<ReturnType<typeof ephemeralRedis>>;

/** A Redis and a MongoDB of one's own, with the read models' collections. */
export interface Backends extends AsyncDisposable {
  readonly redis: Server;
  readonly database: Database;
  readonly archive: ReturnType<typeof archiveOf>;
  readonly lineage: ReturnType<typeof lineageOf>;
}

/** @returns both servers, running. */
export async function startBackends(): Promise<Backends> {
  const [redis, mongo] = await Promise.all([ephemeralRedis(), ephemeralMongo()]);
  const database = openDatabase(mongo.url);
  await migrate(database);
  return {
    redis,
    database,
    archive: archiveOf(database),
    lineage: lineageOf(database),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await Promise.all([redis.stop(), mongo.stop()]);
    },
  };
}
