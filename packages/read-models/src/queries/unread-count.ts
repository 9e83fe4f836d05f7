import type { ConversationId, UserId, VisibleInterval } from '@parley/events';
import type { Binary } from 'mongodb';
import { eventKey, idBinary, keySeq } from '../binary-ids.ts';
import type { Database } from '../database.ts';
import { events } from '../documents/events.ts';
import { isVisible, visibleRanges, type SeqRange } from './visible-seqs.ts';

/** Stands for "more than 99". */
export const UNREAD_CAP = 100;

export interface UnreadRequest {
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  readonly visible: readonly VisibleInterval[];
  /** My read mark, and the last seq to count. */
  readonly after: number;
  readonly to: number;
}

/** @returns how many archived messages of others I may see and have not read, deleted ones left out, at most 100. */
export async function countUnread(database: Database, request: UnreadRequest): Promise<number> {
  const ranges = visibleRanges(request.visible, request.after + 1, request.to);
  let unread = 0;
  for (const range of ranges) {
    unread += await countIn(database, request, range, UNREAD_CAP - unread);
    if (unread >= UNREAD_CAP) return UNREAD_CAP;
  }
  return unread;
}

async function countIn(database: Database, request: UnreadRequest, range: SeqRange, cap: number): Promise<number> {
  const { conversationId } = request;
  const deleted = await deletedIn(database, request, range);
  const mine = idBinary(request.userId);
  const cursor = database
    .collection(events)
    .find({ _id: keysIn(conversationId, range), m: true, u: { $ne: mine } }, { projection: { _id: 1 } })
    .hint('messages')
    .limit(cap + deleted.size);
  const found = await cursor.toArray();
  return Math.min(cap, found.filter(({ _id }) => !deleted.has(keySeq(_id))).length);
}

/** @returns the seqs of a range whose deletion the viewer may see. */
async function deletedIn(database: Database, request: UnreadRequest, range: SeqRange): Promise<Set<number>> {
  const { overlays } = await database.readModels();
  const found = await overlays.find({ x: keysIn(request.conversationId, range) }, { projection: { _id: 1 } }).toArray();
  return new Set(found.filter(({ _id }) => isVisible(request.visible, keySeq(_id, 1))).map(({ _id }) => keySeq(_id)));
}

function keysIn(conversationId: ConversationId, range: SeqRange): { $gte: Binary; $lte: Binary } {
  return { $gte: eventKey(conversationId, range.from), $lte: eventKey(conversationId, range.to) };
}
