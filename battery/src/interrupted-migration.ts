import { openDatabase } from '@parley/read-models';
import { until, type Field, type Figures } from './field.ts';

/**
 * Takes all indexes away, lets the processes migrate over a slow link, and kills them and mongod once the first indexes
 * are built. They are then started as always: nobody lends a hand.
 * @returns `indexesMissing` once every node is ready again, and how long that took.
 */
export async function interruptMigration(field: Field, allReady: () => Promise<boolean>): Promise<Figures> {
  const { stack, links, mongo } = field;
  const processes = [...stack.apis.map((api) => api.process), ...stack.workers];
  const before = await indexesOf(mongo.url);
  await Promise.all(processes.map((process) => process.kill()));
  await dropIndexes(mongo.url);
  const dropped = missing(before, await indexesOf(mongo.url)).length;
  for (const link of links.to('mongo')) await link.latency(100);
  for (const process of processes) process.launch();
  const built = async (): Promise<boolean> => missing(before, await indexesOf(mongo.url)).length < dropped;
  await until('the first indexes are built', 120_000, built);
  await Promise.all([...processes.map((process) => process.kill()), mongo.kill()]);
  for (const link of links.to('mongo')) await link.heal();
  await mongo.restart();
  const missingAtKill = missing(before, await indexesOf(mongo.url)).length;
  for (const process of processes) process.launch();
  const tookMs = await until('every node is ready after the migration', 180_000, allReady);
  const indexesMissing = missing(before, await indexesOf(mongo.url)).length;
  return { migrationKilledWith: missingAtKill, migratedAfterMs: Math.round(tookMs), indexesMissing };
}

/** @returns every index of every collection, as `collection.index`. */
async function indexesOf(mongoUrl: string): Promise<ReadonlySet<string>> {
  await using database = openDatabase(mongoUrl);
  const names = new Set<string>();
  for (const { name } of await database.db.listCollections({}, { nameOnly: true }).toArray())
    for (const index of await database.db.collection(name).indexes()) names.add(`${name}.${String(index.name)}`);
  return names;
}

const missing = (wanted: ReadonlySet<string>, found: ReadonlySet<string>): string[] =>
  [...wanted].filter((name) => !found.has(name));

async function dropIndexes(mongoUrl: string): Promise<void> {
  await using database = openDatabase(mongoUrl);
  for (const { name } of await database.db.listCollections({}, { nameOnly: true }).toArray())
    await database.db.collection(name).dropIndexes();
}
