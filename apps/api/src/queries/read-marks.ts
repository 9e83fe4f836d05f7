import type { ConversationId, Epoch, Mark, UserId } from '@parley/events';
import { readMarks, readMarksOf, type EventLog } from '@parley/events/log';
import { idText, marks, memberKeys, type Database, type MarkDocument } from '@parley/read-models';
import type { Redis } from 'ioredis';

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
  return Promise.all([...newest.values()].map((mark) => inEpoch(sources, mark, epoch)));
}

/**
 * @returns how far one user has read, by conversation, in each one's present epoch; without those that only the kept
 * marks know.
 */
export async function readReach(
  sources: MarkSources,
  userId: UserId,
  epochs: ReadonlyMap<ConversationId, Epoch>,
): Promise<Map<ConversationId, number>> {
  const found = await readMarksOf(sources.redis, userId, [...epochs.keys()]).catch(() => []);
  const present = await Promise.all(
    found.flatMap((mark) => (mark ? [inEpoch(sources, mark, epochs.get(mark.conversationId) ?? mark.epoch)] : [])),
  );
  return new Map(present.map((mark) => [mark.conversationId, mark.read]));
}

async function inEpoch({ log }: MarkSources, mark: Mark, epoch: Epoch): Promise<Mark> {
  if (mark.epoch === epoch) return mark;
  const shared = await log.shared(mark.conversationId, mark.epoch);
  return { ...mark, epoch, read: Math.min(mark.read, shared), delivered: Math.min(mark.delivered, shared) };
}

async function keptMarks(database: Database, conversationId: ConversationId): Promise<Mark[]> {
  const found = await database
    .collection(marks)
    .find({ _id: memberKeys(conversationId) })
    .toArray();
  return found.map((document) => markOf(conversationId, document));
}

function markOf(conversationId: ConversationId, { _id, epoch, read, delivered }: MarkDocument): Mark {
  return { conversationId, userId: idText<UserId>(_id, 16), epoch: epoch as Epoch, read, delivered };
}
