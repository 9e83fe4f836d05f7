import { deadLetters, idBinary, idText, parked, rawEntries, type Database } from '@parley/read-models';
import type { ConversationId } from '@parley/events';
import type { UnreadableEntry } from '@parley/events/log';
import { Binary, type ClientSession } from 'mongodb';
import type { Logger } from '../logger.ts';
import type { EventOutline } from '../projections/projection.ts';
import { bulkUpdate } from './bulk-write.ts';

/** An event that stopped its conversation's read models, or an entry too broken to belong to one. */
export interface DeadLetter {
  readonly n: number;
  readonly reason: string;
  readonly conversationId?: ConversationId;
  readonly seq?: number;
  readonly type?: string;
  readonly v?: number;
}

/** @returns the letter of an entry, with as much of its place as can be read. */
export function letterOf(entry: EventOutline | UnreadableEntry, reason: string): DeadLetter {
  if ('unreadable' in entry) return { n: entry.n, reason, ...placeOf(entry.fields) };
  const { n, conversationId, seq, v } = entry;
  // A type may be anything in a broken log; a megabyte of it helps nobody.
  return { n, reason, conversationId, seq, type: entry.type.slice(0, 64), v };
}

function placeOf({ c, q }: UnreadableEntry['fields']): Pick<DeadLetter, 'conversationId' | 'seq'> {
  const seq = Number(q?.toString('latin1'));
  if (c?.length !== 16 || !Number.isSafeInteger(seq) || seq < 1) return {};
  return { conversationId: idText(c), seq };
}

/** Writes letters, parks their conversations and keeps broken entries, in the batch's transaction. */
export async function writeDeadLetters(
  database: Database,
  partition: number,
  found: { letters: readonly DeadLetter[]; broken: readonly UnreadableEntry[] },
  session: ClientSession,
): Promise<void> {
  const { letters, broken } = found;
  if (letters.length === 0) return;
  const since = new Date();
  await bulkUpdate(
    database.collection(deadLetters),
    letters.map((letter) => ({
      q: { _id: placeId(partition, letter.n) },
      u: letterUpdate(partition, letter, since),
      upsert: true,
    })),
    session,
  );
  await bulkUpdate(
    database.collection(parked),
    letters.flatMap((letter) => parkUpdate(partition, letter, since)),
    session,
  );
  await bulkUpdate(
    database.collection(rawEntries),
    broken.map((entry) => rawUpdate(partition, entry, since)),
    session,
  );
}

/** Says aloud what was parked. The letters tell it to whoever looks later. */
export function alarmOf(logger: Logger, partition: number, letters: readonly DeadLetter[]): void {
  for (const letter of letters) {
    logger.error(
      { alarm: true, partition, ...letter },
      'An event could not be projected: its conversation is parked. See `npm run parley -- dead-letters list`.',
    );
  }
}

/** @returns `pNN:n`. */
export function placeId(partition: number, n: number): string {
  return `p${String(partition).padStart(2, '0')}:${n}`;
}

function letterUpdate(p: number, letter: DeadLetter, since: Date) {
  const { conversationId, ...fields } = letter;
  const conversation = conversationId ? { conversation: idBinary(conversationId) } : {};
  return { $set: { p, since, ...fields, ...conversation }, $unset: { resolvedAt: '' } };
}

/** The first letter of a conversation says where it stands; later ones only add to the list. */
function parkUpdate(p: number, letter: DeadLetter, since: Date) {
  const { conversationId, seq, reason } = letter;
  if (!conversationId || seq === undefined) return [];
  return [
    { q: { _id: idBinary(conversationId) }, u: { $setOnInsert: { p, reason, since }, $min: { seq } }, upsert: true },
  ];
}

function rawUpdate(p: number, entry: UnreadableEntry, since: Date) {
  const fields = Object.entries(entry.fields).flatMap(([name, value]) => [Buffer.from(name), value]);
  const kept = fields.map((field) => new Binary(field));
  return {
    q: { _id: placeId(p, entry.n) },
    u: { $set: { p, n: entry.n, fields: kept, reason: entry.unreadable, since } },
    upsert: true,
  };
}
