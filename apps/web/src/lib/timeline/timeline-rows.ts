import type { Timeline, TimelineItem, TimelineMessage } from '@parley/client';
import type { UserId } from '@parley/events';
import { daysBetween } from '../time/moments.ts';

/** Consecutive messages of one person within this time stand under one name. */
const TOGETHER_MS = 5 * 60_000;

/**
 * How the unbroken line runs through a row. `held`: nothing is missing up to here. `mine`: not stored yet. `loose`:
 * stored, but something before it is missing.
 */
export type Line = 'held' | 'mine' | 'loose';

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number; readonly line: Line }
  | { readonly kind: 'unread'; readonly key: 'unread'; readonly since: number; readonly line: Line }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: TimelineMessage;
      /** First of a run: with avatar and name. */
      readonly lead: boolean;
      readonly line: Line;
    }
  | (Extract<TimelineItem, { kind: 'notice' }> & { readonly line: Line })
  | Extract<TimelineItem, { kind: 'gap' }>;

/** What was unread when the conversation was opened: messages of others after `after`. */
export interface UnreadFrom {
  readonly after: number;
  readonly me: UserId;
}

/** @returns the rows of a part of the timeline, with dividers before the first message of a day and of the unread. */
export function rowsOf(
  items: readonly TimelineItem[],
  complete: Timeline['complete'],
  unread: UnreadFrom | null,
): readonly Row[] {
  const rows: Row[] = [];
  let before: TimelineItem | undefined;
  let divided = false;
  for (const item of items) {
    const line = lineOf(item, complete);
    const newDay = startsDay(before, item);
    if (newDay !== null) rows.push({ kind: 'day', key: `day/${keyOf(item)}`, at: newDay, line });
    const newUnread = !divided && unread !== null && isUnread(item, unread);
    if (newUnread) {
      divided = true;
      rows.push({ kind: 'unread', key: 'unread', since: item.message.at, line });
    }
    rows.push(rowOf(item, line, newUnread || newDay !== null || !follows(before, item)));
    before = item;
  }
  return rows;
}

/** @returns whether an item is a message that its reader had not seen when the conversation was opened. */
export function isUnread(item: TimelineItem, unread: UnreadFrom): item is Extract<TimelineItem, { kind: 'message' }> {
  if (item.kind !== 'message') return false;
  const { seq, userId, changes } = item.message;
  return seq !== null && seq > unread.after && userId !== unread.me && changes.deleted === null;
}

/** @returns the key of an item of any kind; it stays the same when a message is stored. */
export function keyOf(item: TimelineItem): string {
  return item.kind === 'message' ? item.message.key : item.key;
}

/** @returns the last seq that an item stands for; Infinity for what is not stored yet. */
export function endOf(item: TimelineItem): number {
  if (item.kind === 'message') return item.message.seq ?? Infinity;
  return item.kind === 'notice' ? item.event.seq : item.to;
}

const known = new WeakMap<TimelineItem, Extract<Row, { kind: 'message' }>>();

/** A message that looks the same is the same row: of hundreds in the page, only those that changed are looked at. */
function rowOf(item: TimelineItem, line: Line, lead: boolean): Row {
  if (item.kind !== 'message') return item.kind === 'notice' ? { ...item, line } : item;
  const before = known.get(item);
  if (before?.lead === lead && before.line === line) return before;
  const row = { kind: 'message', key: item.message.key, message: item.message, lead, line } as const;
  known.set(item, row);
  return row;
}

function lineOf(item: TimelineItem, complete: number): Line {
  if (item.kind === 'gap') return 'loose';
  const seq = item.kind === 'message' ? item.message.seq : item.event.seq;
  if (seq === null) return 'mine';
  return seq <= complete ? 'held' : 'loose';
}

function momentOf(item: TimelineItem | undefined): number | null {
  if (item === undefined || item.kind === 'gap') return null;
  return item.kind === 'message' ? item.message.at : item.event.at;
}

function startsDay(before: TimelineItem | undefined, item: TimelineItem): number | null {
  const at = momentOf(item);
  const last = momentOf(before);
  if (at === null) return null;
  return last !== null && daysBetween(last, at) <= 0 ? null : at;
}

function follows(before: TimelineItem | undefined, item: TimelineItem): boolean {
  if (before?.kind !== 'message' || item.kind !== 'message') return false;
  const [a, b] = [before.message, item.message];
  return a.userId === b.userId && b.at - a.at < TOGETHER_MS && a.changes.deleted === null;
}
