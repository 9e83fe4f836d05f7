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
  /** Partitions that were compared: the first ones, where the log could not be read to the end. */
  readonly partitions: number;
  readonly broken: readonly BrokenEvent[];
  /** Why the log could not be read any further; null where it was read to the end. */
  readonly error: string | null;
}

/**
 * Compares the newest archived events of each partition with the log itself.
 * @returns what was compared until the log could not be read. Rejects when MongoDB is away.
 */
export async function compareWithLog(log: Pick<LogWork, 'readLog'>, database: Database): Promise<LogComparison> {
  const places = await readPlaces(database);
  const broken: BrokenEvent[] = [];
  let compared = 0;
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const to = places.get(partition) ?? 0;
    const entries = await readNewest(log, partition as Partition, to).catch(reasonOf);
    if (typeof entries === 'string') return { compared, partitions: partition, broken, error: entries };
    const archived = await readArchived(database, partition, to);
    broken.push(...entries.flatMap((entry) => differenceOf(entry, archived.get(entry.n))));
    compared += entries.length;
  }
  return { compared, partitions: PARTITIONS, broken, error: null };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function readNewest(log: Pick<LogWork, 'readLog'>, partition: Partition, to: number): Promise<StoredEntry[]> {
  if (to === 0) return [];
  const { entries } = await log.readLog(partition, Math.max(0, to - NEWEST), NEWEST);
  return entries.flatMap((entry) => ('unreadable' in entry || entry.n > to ? [] : [entry]));
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
  const { conversationId, seq } = entry;
  return [{ conversationId, seq, to: seq, what }];
}
