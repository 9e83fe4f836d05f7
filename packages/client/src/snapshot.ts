import { HistoryPage, type ConversationView, type ParleyEvent } from '@parley/events';
import type { ConversationRow, TimelineItem } from './chat-client.ts';
import type { Conversations } from './conversations.ts';
import type { Snapshot } from './snapshot-form.ts';
import { seqOf } from './timeline/items.ts';
import type { TimelineLog } from './timeline/timeline-log.ts';
import type { Users } from './users.ts';

type Stored = HistoryPage['events'][number];

/** So many rows of a conversation are kept, and of so many conversations. */
const ROWS = 50;
const CONVERSATIONS = 30;

/** @returns what is held now. Sync goes on from exactly there when it is taken again. */
export function snapshotOf(conversations: Conversations, users: Users): Snapshot {
  const { rows } = conversations;
  const logs = rows.map((row) => conversations.timeline(row.conversationId).log);
  const held = logs.filter((log) => log.epoch !== null && log.items.length > 0);
  return {
    list: { conversations: rows.map((row, at) => viewOf(row, logs[at])) },
    users: [...users.all.values()],
    pages: held.slice(0, CONVERSATIONS).map((log) => pageOf(log)),
  };
}

/** Takes a snapshot into a client that holds nothing yet. */
export function takeSnapshot(
  { list, users: known, pages }: Snapshot,
  conversations: Conversations,
  users: Users,
): void {
  users.learn(known);
  conversations.takeList(list);
  for (const page of pages) conversations.timeline(page.conversationId).log.takePage(page);
}

/** The row as the server would list it, as of what this client holds. */
function viewOf(row: ConversationRow, log: TimelineLog | undefined): ConversationView {
  const view: ConversationView & { marks?: unknown } = { ...row };
  delete view.marks;
  return log?.epoch ? { ...view, epoch: log.epoch, head: log.complete } : view;
}

/** The page of each log as it was last built: a snapshot is taken every second, and few conversations change within one. */
const built = new WeakMap<TimelineLog, { readonly asOf: string; readonly page: HistoryPage }>();

function pageOf(log: TimelineLog): HistoryPage {
  // A log changes by what comes after `complete` or before `first`, or with its epoch.
  const asOf = `${log.epoch ?? ''} ${log.first} ${log.complete}`;
  const known = built.get(log);
  if (known?.asOf === asOf) return known.page;
  const page = buildPage(log);
  built.set(log, { asOf, page });
  return page;
}

/** @returns the newest rows as a page of history. */
function buildPage(log: TimelineLog): HistoryPage {
  const items = log.items.slice(-ROWS);
  const [oldest] = items;
  return HistoryPage.parse({
    conversationId: log.conversationId,
    epoch: log.epoch,
    asOf: log.complete,
    // A change has no row: what lies before the oldest held row belongs to it as long as all rows are here.
    first: oldest === undefined || items.length === log.items.length ? log.first : seqOf(oldest),
    last: log.complete,
    chain: null,
    events: items.flatMap((item) => eventsOf(item, log)),
    withheld: items.flatMap((item) =>
      item.kind === 'gap' && !item.unreadable ? [{ from: item.from, to: item.to }] : [],
    ),
    overlays: items.flatMap((item) => overlayOf(item) ?? []),
  });
}

/** What can't be read is kept as it came: a newer build may show it. */
function eventsOf(item: TimelineItem, log: TimelineLog): Stored | Stored[] {
  if (item.kind === 'notice') return stored(item.event);
  if (item.kind === 'message') return log.sent(seqOf(item)) ?? [];
  const { from, to, unreadable } = item;
  return unreadable ? Array.from({ length: to - from + 1 }, (_, at) => log.sent(from + at) ?? []).flat() : [];
}

/** The message's state has the form of an overlay; the schema checks it. */
function overlayOf(item: TimelineItem): unknown {
  if (item.kind !== 'message' || item.message.seq === null) return null;
  const { edit, deleted, reactions } = item.message.changes;
  if (!edit && !deleted && reactions.length === 0) return null;
  return { seq: item.message.seq, edit, deleted, reactions };
}

const stored = (event: ParleyEvent): Stored => ({ ...event });
