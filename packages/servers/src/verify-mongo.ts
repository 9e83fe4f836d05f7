import { MongoClient } from 'mongodb';

import { redactUrl } from './redact-url.ts';
import { ServerError } from './server-handle.ts';
import { OLDEST } from './server-programs.ts';

/** Checks that a MongoDB is new enough and a replica set. Resolves when it is; rejects with a one-sentence `ServerError`. */
export async function verifyMongo(url: string): Promise<void> {
  const shown = redactUrl(url);
  let client: MongoClient | undefined;
  try {
    client = new MongoClient(url, { serverSelectionTimeoutMS: 3_000, directConnection: isSingle(url) });
    const admin = client.db('admin');
    const { version } = (await admin.command({ buildInfo: 1 })) as { version: string };
    if (Number.parseInt(version, 10) < OLDEST.mongodb) {
      throw new ServerError(`The MongoDB at ${shown} is version ${version}; Parley needs ${OLDEST.mongodb} or newer.`);
    }
    const { setName, msg } = await admin.command({ hello: 1 });
    if (setName !== undefined || msg === 'isdbgrid') return;
    const way = 'start mongod with --replSet and call rs.initiate() once (a set of one will do)';
    throw new ServerError(`The MongoDB at ${shown} is not a replica set, which transactions need: ${way}.`);
  } catch (error) {
    if (error instanceof ServerError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const way = 'Start it, or take MONGODB_URL away and Parley brings its own.';
    throw new ServerError(`The MongoDB at ${shown} can't be used (${reason}). ${way}`, { cause: error });
  } finally {
    await client?.close();
  }
}

/** One host: asked directly, so that a mongod that is not in a replica set still tells what it is. */
function isSingle(url: string): boolean {
  return url.startsWith('mongodb://') && !url.slice(10).split(/[/?]/)[0]?.includes(',');
}
