import { events, rawEntries, type Database } from '@parley/read-models';
import { placeId } from '../projector/dead-letter.ts';

/** Places of the log in a row, up to its checkpoint, of which the archive has nothing: from `n` to `to`. */
export interface LostPlace {
  readonly partition: number;
  readonly n: number;
  readonly to: number;
}

/** What is known of the archive. */
export interface Archived {
  /** How far each partition is projected. */
  readonly places: ReadonlyMap<number, number>;
  /** Of each partition, how many events lie before that. */
  readonly counts: readonly number[];
  /** `pNN:n` of all dead letters. */
  readonly letters: ReadonlySet<string>;
}

/**
 * A partition's log is dense over all of its epochs, and so must be the archive. Keys are unique: it is enough to count.
 * What was archived raw counts where a dead letter tells of it, as it does of each that a worker wrote.
 * @returns what is lost, in order. Rejects when MongoDB is away.
 */
export async function lostPlaces(database: Database, { places, counts, letters }: Archived): Promise<LostPlace[]> {
  const lost: LostPlace[][] = [];
  for (const [partition, place] of [...places].sort(([one], [other]) => one - other)) {
    const raw = await rawPlaces(database, { partition, place }, letters);
    if ((counts[partition] ?? 0) + raw.length === place) continue;
    const there = await eventPlaces(database, { partition, place });
    lost.push(gapsOf(partition, place, [...there, ...raw]));
  }
  return lost.flat();
}

interface Reach {
  readonly partition: number;
  readonly place: number;
}

const upTo = ({ partition, place }: Reach) => ({ p: partition, n: { $gte: 1, $lte: place } });
const place = { projection: { n: 1 } };

async function rawPlaces(database: Database, reach: Reach, letters: ReadonlySet<string>): Promise<number[]> {
  const found = await database.collection(rawEntries).find(upTo(reach), place).toArray();
  return found.flatMap(({ _id, n }) => (_id === placeId(reach.partition, n) && letters.has(_id) ? [n] : []));
}

async function eventPlaces(database: Database, reach: Reach): Promise<number[]> {
  const found: number[] = [];
  for await (const { n } of database.collection(events).find(upTo(reach), place)) found.push(n);
  return found;
}

/** In pieces: a checkpoint that was altered may say that far more is lost than any list holds. */
function gapsOf(partition: number, end: number, there: readonly number[]): LostPlace[] {
  let next = 1;
  return [...there, end + 1]
    .sort((one, other) => one - other)
    .flatMap((n) => {
      const from = next;
      next = n + 1;
      return n > from ? [{ partition, n: from, to: n - 1 }] : [];
    });
}
