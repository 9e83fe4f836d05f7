import type { ConversationId } from '@parley/events';
import { checkpoints, idText, parked, type Database } from '@parley/read-models';
import type { ClientSession, ReadConcernLike } from 'mongodb';

/** Conversations that stand still, and before which seq. */
export type Standing = ReadonlyMap<ConversationId, number>;

/** @returns where conversations stand still now. */
export async function readStanding(database: Database, session?: ClientSession): Promise<Standing> {
  const found = await database.collection(parked).find({}, within(session)).toArray();
  return new Map(found.map(({ _id, seq }) => [idText<ConversationId>(_id), seq]));
}

/** @returns how far each partition is projected, all at one moment. */
export async function readPlaces(database: Database, session?: ClientSession): Promise<Map<number, number>> {
  const found = await database.collection(checkpoints).find({}, within(session)).toArray();
  return new Map(found.map(({ _id, n }) => [_id, n]));
}

/** @returns whether the same conversations stand still at the same seqs. */
export function sameStanding(one: Standing, other: Standing): boolean {
  return one.size === other.size && [...one].every(([id, seq]) => other.get(id) === seq);
}

/**
 * @returns the options of a read within a session. Outside of a transaction it is one of snapshots, and says so with each
 * read: the driver would let the client's own read concern win, and every read would see another moment.
 */
export function within(session?: ClientSession): { session?: ClientSession; readConcern?: ReadConcernLike } {
  if (!session) return {};
  return session.inTransaction() ? { session } : { session, readConcern: { level: 'snapshot' } };
}
