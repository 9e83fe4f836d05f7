import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { MongoServerError, type Db } from 'mongodb';
import { allCollections } from './collections.ts';
import type { Schema } from './collection-spec.ts';
import type { Database } from './database.ts';
import { isReadModel } from './documents/read-model-pointer.ts';

interface MigrationLock {
  _id: 'lock';
  holder: string;
  until: Date;
}

const LOCK_MS = 30_000;
const DUPLICATE_KEY = 11_000;
const NAMESPACE_EXISTS = 48;

/**
 * Creates what is missing and brings validators and indexes up to date, one process at a time; of a read model that was
 * rebuilt, the copy that is live. Every step may run again: a migration that was killed half way is completed by the next
 * process that starts.
 * @throws MongoDB's error when an index cannot be built or the server is away.
 */
export async function migrate(database: Database): Promise<void> {
  // The driver connects by itself only once: after a first failure it has to be told to try again.
  await database.client.connect();
  const holder = randomUUID();
  const locks = database.db.collection<MigrationLock>('migration');
  while (!(await take(database, holder))) await wait(100);
  const renewal = setInterval(() => {
    take(database, holder).catch(() => undefined);
  }, LOCK_MS / 3);
  try {
    await ensureAll(database);
  } finally {
    clearInterval(renewal);
    await locks.deleteOne({ _id: 'lock', holder });
  }
}

async function ensureAll(database: Database): Promise<void> {
  const pointer = await database.readPointer();
  const live = (name: string): string => (isReadModel(name) ? pointer[name] : name);
  await Promise.all(allCollections.map((spec) => ensureCollection(database.db, spec, live(spec.name))));
}

/**
 * Creates a collection with its validator and indexes, or brings an existing one up to date.
 * @param name the spec's own name, or that of a copy under way.
 */
export async function ensureCollection(
  db: Db,
  spec: Omit<(typeof allCollections)[number], 'name'>,
  name: string,
): Promise<void> {
  const validation = { validator: validatorOf(spec.schema), validationLevel: 'strict', validationAction: 'error' };
  try {
    await db.createCollection(name, { ...spec.options, ...validation });
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== NAMESPACE_EXISTS) throw error;
    if (!(await isValidatedBy(db, name, validation))) await db.command({ collMod: name, ...validation });
  }
  if (spec.indexes.length > 0) await db.collection(name).createIndexes([...spec.indexes]);
}

/**
 * A change of the validator waits for every open transaction on the collection, and all others wait behind it: that of a
 * killed worker stays open for up to a minute. So it is made only where there is something to change.
 */
async function isValidatedBy(db: Db, name: string, validation: object): Promise<boolean> {
  const [info] = await db.listCollections({ name }, { nameOnly: false }).toArray();
  const { validator, validationLevel, validationAction }: Record<string, unknown> = info?.options ?? {};
  return isDeepStrictEqual({ validator, validationLevel, validationAction }, validation);
}

function validatorOf(schema: Schema): { $jsonSchema: Schema } {
  // Every document has an _id, also where its schema says nothing of it.
  return { $jsonSchema: { ...schema, properties: { _id: {}, ...schema.properties } } };
}

/** Takes or renews the lock. A holder that died loses it when its time is over. */
async function take(database: Database, holder: string): Promise<boolean> {
  const locks = database.db.collection<MigrationLock>('migration');
  const until = new Date(Date.now() + LOCK_MS);
  try {
    await locks.updateOne(
      { _id: 'lock', $or: [{ holder }, { until: { $lt: new Date() } }] },
      { $set: { holder, until } },
      { upsert: true },
    );
    return true;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false;
    throw error;
  }
}
