import type { ConversationView, Mark, UserId, WireEvent } from '@parley/events';
import type { ConversationRow, TimelineItem, TimelineMessage } from './chat-client.ts';
import type { TimelineLog } from './timeline/timeline-log.ts';

/** More than this many unread messages are not counted further. */
const MOST_UNREAD = 100;

/** @returns the row of a conversation: what the server said of it last, brought up to what this client holds. */
export function rowOf(
  view: ConversationView,
  log: TimelineLog,
  me: UserId,
  read: number,
  marks: readonly Mark[],
): ConversationRow {
  const last = lastMessage(log) ?? stillThere(view.last, log);
  return {
    ...view,
    epoch: log.epoch ?? view.epoch,
    head: Math.max(log.head, log.epoch === view.epoch ? view.head : 0),
    read,
    unread: unread(view, log, me, read),
    last,
    lastAt: Math.max(view.lastAt, last?.at ?? 0),
    marks,
  };
}

/** Counted, never summed up: from what is held where that reaches back to the read mark, else on top of the list. */
function unread(view: ConversationView, log: TimelineLog, me: UserId, read: number): number {
  // Seq 1 is the creation: who holds all after it holds every message.
  const isExact = Math.max(read, 1) + 1 >= log.first;
  const before = isExact ? 0 : view.unread;
  return Math.min(MOST_UNREAD, before + countUnread(log.items, me, isExact ? read : Math.max(read, view.head)));
}

function countUnread(items: readonly TimelineItem[], me: UserId, after: number): number {
  let count = 0;
  for (let at = items.length - 1; at >= 0 && count < MOST_UNREAD; at -= 1) {
    const item = items[at];
    if (item === undefined || endOf(item) <= after) break;
    if (item.kind === 'message' && item.message.userId !== me && !item.message.changes.deleted) count += 1;
  }
  return count;
}

function endOf(item: TimelineItem): number {
  if (item.kind === 'message') return item.message.seq ?? Infinity;
  return item.kind === 'notice' ? item.event.seq : item.to;
}

/** @returns the newest held message that is not deleted, with its newest text. */
function lastMessage(log: TimelineLog): WireEvent | null {
  const { items } = log;
  for (let at = items.length - 1; at >= 0; at -= 1) {
    const item = items[at];
    if (item?.kind === 'message' && !item.message.changes.deleted) return asStored(item.message, log);
  }
  return null;
}

function asStored(message: TimelineMessage, log: TimelineLog): WireEvent | null {
  const stored = log.sent(message.seq ?? 0);
  if (!stored) return null;
  const { edit } = message.changes;
  return edit ? { ...stored, body: { content: edit.content } } : stored;
}

/** The message that the list named may have been changed since, without being held. */
function stillThere(last: WireEvent | null, log: TimelineLog): WireEvent | null {
  const changes = last && log.changesOf(last.seq);
  if (!last || !changes || changes.deleted) return null;
  return changes.edit ? { ...last, body: { content: changes.edit.content } } : last;
}
