import {
  applyChange,
  isMessageChange,
  untouched,
  upcast,
  type ConversationId,
  type MessageChange,
  type MessageOverlay,
  type MessageState,
  type VisibleInterval,
} from '@parley/events';
import { changeKey, eventKey, GREATEST_SEQ, keySeq } from '../binary-ids.ts';
import type { Database } from '../database.ts';
import { events, type EventDocument } from '../documents/events.ts';
import type { OverlayDocument } from '../documents/overlays.ts';
import { isVisible } from './visible-seqs.ts';
import { wireEvent } from './wire-events.ts';

/**
 * @returns for each message between two seqs (both included) that was changed, what the changes that the viewer may
 * see made of it, by the same rules as live events.
 */
export async function readOverlays(
  database: Database,
  page: { conversationId: ConversationId; from: number; to: number; visible: readonly VisibleInterval[] },
): Promise<MessageOverlay[]> {
  const { conversationId, from, to, visible } = page;
  const { overlays } = await database.readModels();
  const found = await overlays
    .find({ _id: { $gte: changeKey(conversationId, from, 0), $lte: changeKey(conversationId, to, GREATEST_SEQ) } })
    .sort({ _id: 1 })
    .toArray();
  const seen = found.filter(({ _id }) => isVisible(visible, keySeq(_id)) && isVisible(visible, keySeq(_id, 1)));
  const changes = await readChanges(database, conversationId, decisive(seen));
  return fold(seen, changes);
}

/** Leaves out changes that a later one of the same kind, message, user and reaction hides anyway. */
function decisive(changes: readonly OverlayDocument[]): OverlayDocument[] {
  const last = new Map<string, OverlayDocument>();
  for (const change of changes) {
    const target = keySeq(change._id);
    const of = change.r ?? change.g;
    const kind = of === undefined ? change.c : `${change.u.toString('hex')}:${of}`;
    const key = `${target}:${kind}`;
    if (change.c !== 'd' || !last.has(key)) last.set(key, change);
  }
  return [...last.values()];
}

async function readChanges(
  database: Database,
  conversationId: ConversationId,
  changes: readonly OverlayDocument[],
): Promise<Map<number, MessageChange>> {
  if (changes.length === 0) return new Map();
  const keys = changes.map(({ _id }) => eventKey(conversationId, keySeq(_id, 1)));
  const found = await database
    .collection(events)
    .find({ _id: { $in: keys } })
    .toArray();
  return new Map(found.flatMap(changeOf));
}

/** A change may have been stored in an older version. One whose content was erased changes nothing any more. */
function changeOf(stored: EventDocument): (readonly [number, MessageChange])[] {
  const event = upcast(wireEvent(stored));
  return 'unknown' in event || !isMessageChange(event) ? [] : [[event.seq, event]];
}

function fold(seen: readonly OverlayDocument[], changes: ReadonlyMap<number, MessageChange>): MessageOverlay[] {
  const states = new Map<number, MessageState>();
  for (const { _id } of seen) {
    const change = changes.get(keySeq(_id, 1));
    const target = keySeq(_id);
    if (change) states.set(target, applyChange(states.get(target) ?? untouched, change));
  }
  return [...states].map(([seq, state]) => overlayOf(seq, state));
}

/** The state's numbers and ids come from archived events, so they are what their brands say. */
function overlayOf(seq: number, state: MessageState): MessageOverlay {
  const overlay = { seq, edit: state.edit, deleted: state.deleted, reactions: state.reactions };
  return overlay as unknown as MessageOverlay;
}
