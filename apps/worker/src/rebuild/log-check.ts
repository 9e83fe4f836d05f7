import { PARTITIONS, type Partition } from '@parley/events';
import type { LogWork, StoredEntry } from '@parley/events/log';
import { events, type Database, type EventDocument } from '@parley/read-models';
import { chainAfter, commitmentOf } from '../projector/event-chain.ts';
import { linkAfter, type BrokenEvent } from './conversation-check.ts';
import { readPlaces } from './position.ts';

/** Of each partition the newest archived events, as far as the log still has them. */
const NEWEST = 1_000;
const START = new Uint8Array(32);

/** How many archived events the log still has were compared with it, and which are not the same. */
export interface LogComparison {
  readonly compared: number;
  readonly broken: readonly BrokenEvent[];
}

/**
 * Compares the newest archived events of each partition with the log itself.
 * @returns null where the log is out of reach. Rejects when MongoDB is away.
 */
export async function compareWithLog(log: Pick<LogWork, 'readLog'>, database: Database): Promise<LogComparison | null> {
  const places = await readPlaces(database);
  const broken: BrokenEvent[] = [];
  let compared = 0;
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const to = places.get(partition) ?? 0;
    const entries = await readNewest(log, partition as Partition, to);
    if (!entries) return null;
    const archived = await readArchived(database, partition, to);
    broken.push(...entries.flatMap((entry) => differenceOf(entry, archived.get(entry.n))));
    compared += entries.length;
  }
  return { compared, broken };
}

async function readNewest(
  log: Pick<LogWork, 'readLog'>,
  partition: Partition,
  to: number,
): Promise<StoredEntry[] | undefined> {
  if (to === 0) return [];
  const read = await log.readLog(partition, Math.max(0, to - NEWEST), NEWEST).catch(() => undefined);
  return read?.entries.flatMap((entry) => ('unreadable' in entry || entry.n > to ? [] : [entry]));
}

async function readArchived(database: Database, p: number, to: number): Promise<Map<number, EventDocument>> {
  const range = { p, n: { $gt: to - NEWEST, $lte: to } };
  const found = await database.collection(events).find(range).sort({ p: 1, n: 1 }).toArray();
  return new Map(found.map((event) => [event.n, event]));
}

/** Header and content are the same where they make the same link of a chain. */
function differenceOf(entry: StoredEntry, event: EventDocument | undefined): BrokenEvent[] {
  const what = event ? 'altered' : 'missing';
  const link = chainAfter(START, entry, commitmentOf(entry));
  if (event && link.equals(linkAfter(START, event))) return [];
  return [{ conversationId: entry.conversationId, seq: entry.seq, what }];
}
