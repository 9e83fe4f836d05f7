import { partitionOf, type ConversationId, type Epoch, type Mark, type UserId } from '@parley/events';
import { readMarks, readMarksOf, type EventLog, type LineageEntry } from '@parley/events/log';
import {
  eventKey,
  events,
  keySeq,
  markOf,
  marks,
  memberKey,
  memberKeys,
  readLineage,
  type Database,
} from '@parley/read-models';
import type { Redis } from 'ioredis';
import { isAway } from '../access/conversation-door.ts';

export interface MarkSources {
  readonly database: Database;
  /** The log Redis, failing fast. */
  readonly redis: Redis;
  readonly log: Pick<EventLog, 'shared'>;
}

/** @returns the marks of everybody in a conversation, clamped to its present epoch; the kept ones with Redis away. */
export async function marksIn(sources: MarkSources, conversationId: ConversationId, epoch: Epoch): Promise<Mark[]> {
  const found = await readMarks(sources.redis, conversationId).catch(() => []);
  const kept = await keptMarks(sources.database, conversationId);
  const newest = new Map(kept.map((mark) => [mark.userId, mark]));
  for (const mark of found) newest.set(mark.userId, mark);
  const all = [...newest.values()];
  return inEpoch(sources, all, epoch).catch((error: unknown) => {
    if (isAway(error)) return inKeptEpoch(sources.database, all, epoch);
    throw error;
  });
}

/**
 * @returns how far one user has read, by conversation, in each one's present epoch: by Redis, and by the kept marks where
 * that knows none.
 * @throws RefusalError `unavailable` when the log is away.
 */
export async function readReach(
  sources: MarkSources,
  userId: UserId,
  epochs: ReadonlyMap<ConversationId, Epoch>,
): Promise<Map<ConversationId, number>> {
  const [found, kept] = await Promise.all([
    readMarksOf(sources.redis, userId, [...epochs.keys()]).catch(() => []),
    keptMarksOf(sources.database, userId, [...epochs.keys()]),
  ]);
  const newest = new Map(kept.map((mark) => [mark.conversationId, mark]));
  for (const mark of found) if (mark) newest.set(mark.conversationId, mark);
  const present = await Promise.all(
    Array.from(newest.values(), (mark) => inEpoch(sources, [mark], epochs.get(mark.conversationId) ?? mark.epoch)),
  );
  return new Map(present.flat().map((mark) => [mark.conversationId, mark.read]));
}

/** The same while the log is away, by the archive: `epochs` as the read models know them. */
export async function keptReach(
  database: Database,
  userId: UserId,
  epochs: ReadonlyMap<ConversationId, Epoch>,
): Promise<Map<ConversationId, number>> {
  const kept = await keptMarksOf(database, userId, [...epochs.keys()]);
  const present = await Promise.all(
    kept.map((mark) => inKeptEpoch(database, [mark], epochs.get(mark.conversationId) ?? mark.epoch)),
  );
  return new Map(present.flat().map((mark) => [mark.conversationId, mark.read]));
}

/** One question for all marks of an epoch: after a restart of Redis those of all members are of the one before. */
async function inEpoch({ log }: MarkSources, all: readonly Mark[], epoch: Epoch): Promise<Mark[]> {
  const shared = new Map<Epoch, Promise<number>>();
  return Promise.all(
    all.map(async (mark) => {
      if (mark.epoch === epoch) return mark;
      const asked = shared.get(mark.epoch) ?? log.shared(mark.conversationId, mark.epoch);
      shared.set(mark.epoch, asked);
      const upTo = await asked;
      return { ...mark, epoch, read: Math.min(mark.read, upTo), delivered: Math.min(mark.delivered, upTo) };
    }),
  );
}

/**
 * The same by the archive, while the log is away: what a mark points to outlived its epoch if every later one began
 * behind it. A mark that points to what fell out is left out, for how far it would be cut is known to the log alone.
 */
async function inKeptEpoch(database: Database, all: readonly Mark[], epoch: Epoch): Promise<Mark[]> {
  const [first] = all;
  if (!first || all.every((mark) => mark.epoch === epoch)) return [...all];
  const lineage = await readLineage(database, partitionOf(first.conversationId));
  const places = await placesOf(database, all);
  return all.flatMap((mark) => {
    const last = lastShared(lineage, mark.epoch);
    const outlived = (seq: number): boolean => seq === 0 || (places.get(seq) ?? Infinity) <= last;
    if (mark.epoch === epoch) return [mark];
    if (!outlived(mark.read)) return [];
    return [{ ...mark, epoch, delivered: outlived(mark.delivered) ? mark.delivered : mark.read }];
  });
}

/** @returns the last n that the log of an epoch has in common with the present one; 0 for an unknown epoch. */
function lastShared(lineage: readonly LineageEntry[], epoch: Epoch): number {
  const age = lineage.findIndex((entry) => entry.epoch === epoch);
  return age < 0 ? 0 : Math.min(...lineage.slice(age + 1).map(({ began }) => began));
}

/** @returns the place in the log (n) of every archived event that a mark points to, by its seq. */
async function placesOf(database: Database, all: readonly Mark[]): Promise<ReadonlyMap<number, number>> {
  const keys = all.flatMap(({ conversationId, read, delivered }) =>
    [read, delivered].map((seq) => eventKey(conversationId, seq)),
  );
  const found = await database
    .collection(events)
    .find({ _id: { $in: keys } }, { projection: { n: 1 } })
    .toArray();
  return new Map(found.map(({ _id, n }) => [keySeq(_id), n]));
}

async function keptMarksOf(database: Database, userId: UserId, ids: readonly ConversationId[]): Promise<Mark[]> {
  const keys = ids.map((id) => memberKey(id, userId));
  const found = await database
    .collection(marks)
    .find({ _id: { $in: keys } })
    .toArray();
  return found.map(markOf);
}

async function keptMarks(database: Database, conversationId: ConversationId): Promise<Mark[]> {
  const found = await database
    .collection(marks)
    .find({ _id: memberKeys(conversationId) })
    .toArray();
  return found.map(markOf);
}
