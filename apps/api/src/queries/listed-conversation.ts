import type { ConversationId, ParleyEvent, UserId, VisibleInterval, WireEvent } from '@parley/events';
import { isVisible, lastMessage, readArchived, UNREAD_CAP, type Database } from '@parley/read-models';
import { knownEvents } from './tail.ts';

/** What a row of the list shows beside its settings. */
export interface ListedConversation {
  readonly name: string | null;
  readonly with: readonly UserId[];
  readonly last: WireEvent | null;
  readonly lastAt: number;
  readonly unread: number;
}

export interface Reader {
  readonly userId: UserId;
  readonly conversationId: ConversationId;
  readonly read: number;
  readonly visible: readonly VisibleInterval[];
}

/** A group's row names this many others. */
const NAMED = 8;

/**
 * Brings a row up to date by the events that the read models lack.
 * @param row with the last seq that it knows; undefined for a conversation that the read models do not know at all: then
 * the tail begins with its creation.
 * @returns undefined without a beginning.
 */
export async function applyTail(
  database: Database,
  row: (ListedConversation & { readonly head: number }) | undefined,
  tail: readonly WireEvent[],
  reader: Reader,
): Promise<ListedConversation | undefined> {
  const start = row ?? created(tail[0], reader.userId);
  if (!start || tail.length === 0) return start;
  const seen = tail.filter((event) => isVisible(reader.visible, event.seq));
  const events = knownEvents(seen);
  const deleted = new Set(events.flatMap((event) => (event.type === 'message.deleted' ? [event.body.target.seq] : [])));
  const standing = seen.filter((event) => event.type === 'message.sent' && !deleted.has(event.seq));
  const last = standing.at(-1) ?? (await lastKept(database, start.last, deleted, reader));
  const more = standing.filter((event) => isUnread(event, reader)).length;
  const fewer = row ? await deletedUnread(database, deleted, row.head, reader) : 0;
  const unread =
    start.unread >= UNREAD_CAP ? UNREAD_CAP : Math.min(UNREAD_CAP, Math.max(0, start.unread - fewer) + more);
  return {
    name: start.name,
    with: withOthers(start.with, events, reader.userId),
    last,
    lastAt: last?.at ?? start.lastAt,
    unread,
  };
}

function created(first: WireEvent | undefined, userId: UserId): ListedConversation | undefined {
  const [event] = first ? knownEvents([first]) : [];
  if (event?.type !== 'conversation.created') return undefined;
  const { kind, name, members } = event.body;
  const others = members.map((member) => member.userId).filter((member) => member !== userId);
  const named = kind === 'direct' || kind === 'group' ? others.slice(0, NAMED) : [];
  return { name, with: named, last: null, lastAt: event.at, unread: 0 };
}

/** Whoever leaves is named no more; newcomers are named once the read models know them. */
function withOthers(named: readonly UserId[], events: readonly ParleyEvent[], me: UserId): UserId[] {
  const present = new Set(named);
  for (const event of events) {
    if (event.type === 'member.left') present.delete(event.actor.userId);
    if (event.type === 'member.removed') present.delete(event.body.userId);
  }
  present.delete(me);
  return [...present];
}

/** The archive's last message, or an earlier one if the tail deletes it. */
async function lastKept(
  database: Database,
  last: WireEvent | null,
  deleted: ReadonlySet<number>,
  { conversationId, visible }: Reader,
): Promise<WireEvent | null> {
  let kept = last;
  while (kept && deleted.has(kept.seq)) {
    kept = await lastMessage(database, { conversationId, visible, to: kept.seq - 1 });
  }
  return kept;
}

function isUnread(event: WireEvent, { userId, read }: Reader): boolean {
  return event.seq > read && event.actor.userId !== userId;
}

/** @returns how many messages that the row, which ends at `head`, counts as unread are deleted by the tail. */
async function deletedUnread(
  database: Database,
  deleted: ReadonlySet<number>,
  head: number,
  reader: Reader,
): Promise<number> {
  const seqs = [...deleted].filter((seq) => seq <= head && seq > reader.read && isVisible(reader.visible, seq));
  if (seqs.length === 0) return 0;
  const ranges = seqs.map((seq) => ({ from: seq, to: seq }));
  const found = await readArchived(database, reader.conversationId, ranges);
  return found.filter((event) => isUnread(event, reader)).length;
}
