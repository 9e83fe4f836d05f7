import type { ConversationId, VisibleInterval, WireEvent } from '@parley/events';
import { eventKey, keySeq } from '../binary-ids.ts';
import type { Database } from '../database.ts';
import { events } from '../documents/events.ts';
import { isVisible, visibleRanges } from './visible-seqs.ts';
import { wireEvent } from './wire-events.ts';

/** How many messages are looked at in one step backwards. */
const STEP = 20;

/** @returns the last archived message up to seq `to` that the viewer may see and that is not deleted, or null. */
export async function lastMessage(
  database: Database,
  request: { conversationId: ConversationId; visible: readonly VisibleInterval[]; to: number },
): Promise<WireEvent | null> {
  const ranges = visibleRanges(request.visible, 1, request.to);
  for (const range of ranges.reverse()) {
    let to = range.to;
    while (to >= range.from) {
      const keys = await messageKeys(database, request.conversationId, { from: range.from, to });
      const standing = await standingOf(database, request.conversationId, keys, request.visible);
      if (standing !== undefined) return readMessage(database, request.conversationId, standing);
      to = keys.length < STEP ? 0 : (keys.at(-1) ?? 0) - 1;
    }
  }
  return null;
}

async function messageKeys(
  database: Database,
  conversationId: ConversationId,
  range: { from: number; to: number },
): Promise<number[]> {
  const found = await database
    .collection(events)
    .find(
      { _id: { $gte: eventKey(conversationId, range.from), $lte: eventKey(conversationId, range.to) }, m: true },
      { projection: { _id: 1 } },
    )
    .sort({ _id: -1 })
    .hint('messages')
    .limit(STEP)
    .toArray();
  return found.map(({ _id }) => keySeq(_id));
}

async function standingOf(
  database: Database,
  conversationId: ConversationId,
  seqs: readonly number[],
  visible: readonly VisibleInterval[],
): Promise<number | undefined> {
  const { overlays } = await database.readModels();
  const found = await overlays
    .find({ x: { $in: seqs.map((seq) => eventKey(conversationId, seq)) } }, { projection: { _id: 1 } })
    .toArray();
  const deleted = new Set(found.filter(({ _id }) => isVisible(visible, keySeq(_id, 1))).map(({ _id }) => keySeq(_id)));
  return seqs.find((seq) => !deleted.has(seq));
}

async function readMessage(database: Database, conversationId: ConversationId, seq: number): Promise<WireEvent | null> {
  const found = await database.collection(events).findOne({ _id: eventKey(conversationId, seq) });
  return found && wireEvent(found);
}
