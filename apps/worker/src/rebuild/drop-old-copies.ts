import { setTimeout as wait } from 'node:timers/promises';
import { readModelNames, type Database } from '@parley/read-models';
import { switchPause } from '../projector/switch-pause.ts';
import { suffixesInUse } from './shadow-lease.ts';

const COPY = new RegExp(`^(?:${readModelNames.join('|')})(_[0-9a-z]+)?$`);

/**
 * Drops every copy of a read model that is neither live nor filled by a rebuild now: what the switch before left behind,
 * and what a killed rebuild did. Waits until nobody can hold a pointer to the former any more.
 * @returns the names of what it dropped. Rejects when MongoDB is away.
 */
export async function dropOldCopies(database: Database): Promise<string[]> {
  while (await switchPause(database)) await wait(100);
  // In this order: whoever makes a copy takes its lease before, and gives it up with the switch that makes it live.
  const copies = (await database.db.listCollections({ name: COPY }, { nameOnly: true }).toArray()).map(
    ({ name }) => name,
  );
  const suffixes = await suffixesInUse(database);
  const pointer = await database.readPointer();
  const live = new Set(readModelNames.map((name) => pointer[name]));
  const old = copies.filter((name) => !live.has(name) && !suffixes.includes(COPY.exec(name)?.[1] ?? ''));
  for (const name of old) await database.db.dropCollection(name);
  return old;
}
