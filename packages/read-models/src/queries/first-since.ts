import type { ConversationId, VisibleInterval } from '@parley/events';
import { eventKey, keySeq } from '../binary-ids.ts';
import type { Database } from '../database.ts';
import { events } from '../documents/events.ts';
import { visibleRanges, type SeqRange } from './visible-seqs.ts';

export interface SinceRequest {
  readonly conversationId: ConversationId;
  readonly visible: readonly VisibleInterval[];
  /** The last seq to look at. */
  readonly to: number;
  /** Milliseconds since 1970. */
  readonly since: number;
}

interface Moment {
  readonly seq: number;
  readonly at: number;
}

/**
 * Halves the run of seqs, whose order is that of the times but for what the clocks of two nodes differ: twenty looks
 * by key in a million events, and no index of times that every message would pay for.
 * @returns the seq of the first archived event of that moment or later that the viewer may see; undefined for none.
 */
export async function firstSince(database: Database, request: SinceRequest): Promise<number | undefined> {
  for (const range of visibleRanges(request.visible, 1, request.to)) {
    const last = await momentIn(database, request.conversationId, range, -1);
    if (last && last.at >= request.since) return firstIn(database, request, { from: range.from, to: last.seq });
  }
  return undefined;
}

/** @param range whose last event is late enough. */
async function firstIn(database: Database, request: SinceRequest, range: SeqRange): Promise<number> {
  let { from, to } = range;
  let first = to;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    // Mostly the middle itself; the next one where its entry was lost.
    const found = await momentIn(database, request.conversationId, { from: middle, to }, 1);
    if (found && found.at < request.since) from = found.seq + 1;
    else [to, first] = [middle, found?.seq ?? first];
  }
  return first;
}

/** @returns seq and time of the first (1) or the last (-1) archived event in a range. */
async function momentIn(
  database: Database,
  conversationId: ConversationId,
  { from, to }: SeqRange,
  direction: 1 | -1,
): Promise<Moment | undefined> {
  const [found] = await database
    .collection(events)
    .find(
      { _id: { $gte: eventKey(conversationId, from), $lte: eventKey(conversationId, to) } },
      { projection: { a: 1 } },
    )
    .sort({ _id: direction })
    .limit(1)
    .toArray();
  return found && { seq: keySeq(found._id), at: found.a };
}
