import {
  partitionOf,
  type ConversationId,
  type ConversationList,
  type ConversationView,
  type Epoch,
  type UserId,
  type WireEvent,
} from '@parley/events';
import { heardConversations, type Access, type EventLog } from '@parley/events/log';
import {
  checkpoints,
  conversationRows,
  idBinary,
  idText,
  membershipsOf,
  readArchived,
  type ConversationRow,
  type Database,
  type Membership,
} from '@parley/read-models';
import { away, isAway } from '../access/conversation-door.ts';
import { applyTail, type ListedConversation } from './listed-conversation.ts';
import { keptReach, readReach, type MarkSources } from './read-marks.ts';
import { isDense, readTail } from './tail.ts';

export interface ListPorts extends MarkSources {
  readonly database: Database;
  readonly log: Pick<EventLog, 'access' | 'events' | 'shared'>;
}

/**
 * @returns all conversations of a user, newest first: the read models' rows, brought up to the log's heads by its tail,
 * and what only the log knows yet. The tail is read before the rows: what is archived meanwhile is in them then. With the
 * log away the rows as they are.
 */
export async function readConversationList(ports: ListPorts, userId: UserId): Promise<ConversationList> {
  const conversations = await fromLog(ports, userId).catch((error: unknown) => {
    if (isAway(error)) return fromReadModels(ports.database, userId);
    throw error;
  });
  return { conversations: conversations.sort((a, b) => b.lastAt - a.lastAt) };
}

async function fromLog(ports: ListPorts, userId: UserId): Promise<ConversationView[]> {
  const ids = await heardConversations(ports.redis, userId).catch(asAway);
  const accesses = await ports.log.access(userId, ids);
  const mine = accesses.flatMap((access) => (access && isListed(access) ? [access] : []));
  const epochs = new Map(mine.map(({ conversation }) => [conversation.conversationId, conversation.epoch]));
  const heads = await rowHeads(ports.database, mine);
  const tails = await Promise.all(
    mine.map(({ conversation }) => tailOf(ports.log, conversation, heads.get(conversation.conversationId) ?? 0)),
  );
  const read = await readReach(ports, userId, epochs);
  const rows = await conversationRows(ports.database, userId, mine.map(membershipOf), read);
  const byId = new Map(rows.map((row) => [row.conversationId, row]));
  const views = await Promise.all(
    mine.map((access, at) => {
      const { conversationId } = access.conversation;
      const [row, tail] = [byId.get(conversationId), tails[at] ?? []];
      return viewOf(ports, { userId, access, row, tail, read: read.get(conversationId) });
    }),
  );
  return views.flatMap((view) => (view ? [view] : []));
}

interface ViewParts {
  readonly userId: UserId;
  readonly access: Access;
  readonly row: ConversationRow | undefined;
  /** What the log had before the row was read. */
  readonly tail: readonly WireEvent[];
  readonly read: number | undefined;
}

/** @returns undefined for a conversation whose creation neither the log nor the read models can tell now. */
async function viewOf(ports: ListPorts, parts: ViewParts): Promise<ConversationView | undefined> {
  const { userId, access, row } = parts;
  const { conversationId, epoch, kind, visibility, history } = access.conversation;
  const head = Math.max(access.conversation.head, row?.head ?? 0);
  const read = Math.min(parts.read ?? 0, head);
  const tail = await beyond(ports.database, parts);
  const start = row && { ...listed(row), head: row.head };
  const now = await applyTail(ports.database, start, tail, { userId, conversationId, read, visible: access.visible });
  if (!now) return undefined;
  const settings = { conversationId, kind, visibility, history, epoch, head, read };
  const { name, last, lastAt, unread } = now;
  const own = { role: access.role ?? 'member', visible: [...access.visible], with: [...now.with] };
  return { ...settings, ...own, name, last, lastAt, unread };
}

/**
 * Of what a row lacks, this many of the newest are read: unread is capped far below. A message that is neither among them
 * nor in the row is not counted.
 */
const MOST_READ = 1_000;

/** @returns how far the read models are, for the conversations that have something only the log holds. */
async function rowHeads(database: Database, mine: readonly Access[]): Promise<ReadonlyMap<ConversationId, number>> {
  const hot = mine.filter(({ conversation: { unarchived, head } }) => unarchived <= head);
  if (hot.length === 0) return new Map();
  const ids = hot.map(({ conversation }) => idBinary(conversation.conversationId));
  const { conversations } = await database.readModels();
  const found = await conversations.find({ _id: { $in: ids } }, { projection: { head: 1 } }).toArray();
  return new Map(found.map(({ _id, head }) => [idText<ConversationId>(_id), head]));
}

/** @returns what the log holds of what a row that ends at `known` lacks; 0 for no row. */
async function tailOf(
  log: ListPorts['log'],
  { conversationId, unarchived, head }: Access['conversation'],
  known: number,
): Promise<WireEvent[]> {
  const from = Math.max(unarchived, newestFrom(known, head));
  const creation = known === 0 && from > 1 && unarchived === 1 ? await readTail(log, conversationId, 1, 1) : [];
  return [...creation, ...(await readTail(log, conversationId, from, head))];
}

function newestFrom(known: number, head: number): number {
  return Math.max(known + 1, head - MOST_READ + 1);
}

/**
 * @returns what the row lacks: the newest events, and the creation where there is no row. Where the tail has a hole
 * there, the events are in the archive by now, while the row stands still: its conversation is parked. Only what is
 * archived raw can stay out.
 */
async function beyond(database: Database, { access, row, tail }: ViewParts): Promise<WireEvent[]> {
  const { conversationId, head } = access.conversation;
  const newest = { from: newestFrom(row?.head ?? 0, head), to: head };
  const creation = row || newest.from === 1 ? [] : [{ from: 1, to: 1 }];
  const hot = tail.filter(({ seq }) => seq >= newest.from || (!row && seq === 1));
  const begins = row !== undefined || hot[0]?.seq === 1;
  if (head < newest.from || (begins && isDense(hot.slice(creation.length), newest.from, head))) return hot;
  const kept = await readArchived(database, conversationId, [...creation, newest]);
  const bySeq = new Map([...kept, ...hot].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

async function fromReadModels(database: Database, userId: UserId): Promise<ConversationView[]> {
  const [memberships, found] = await Promise.all([
    membershipsOf(database, userId),
    database.collection(checkpoints).find().toArray(),
  ]);
  const byPartition = new Map(found.map(({ _id, epoch }) => [_id, epoch as Epoch]));
  const epochs = new Map(
    memberships.flatMap(({ conversationId }) => {
      const epoch = byPartition.get(partitionOf(conversationId));
      return epoch === undefined ? [] : [[conversationId, epoch] as const];
    }),
  );
  const reach = await keptReach(database, userId, epochs);
  const rows = await conversationRows(database, userId, memberships, reach);
  return rows.flatMap((row) => {
    const epoch = epochs.get(row.conversationId);
    if (epoch === undefined) return [];
    const { conversationId, kind, visibility, history, head, role, visible } = row;
    const { name, last, lastAt, unread } = listed(row);
    const read = Math.min(reach.get(row.conversationId) ?? 0, head);
    const settings = { conversationId, kind, visibility, history, epoch, head, read };
    return [{ ...settings, role, visible: [...visible], with: row.with, name, last, lastAt, unread }];
  });
}

/** As the log knows it now: the read models may not have heard yet that somebody came back. */
function membershipOf({ conversation, role, visible }: Access): Membership {
  return { conversationId: conversation.conversationId, role: role ?? 'member', visible };
}

function listed(row: ConversationRow): ListedConversation {
  const { name, last, headAt, unread } = row;
  return { name, with: row.with, last, lastAt: last?.at ?? headAt, unread };
}

/** The directory is no place to talk in. */
function isListed({ role, conversation }: Access): boolean {
  return role !== null && conversation.kind !== 'directory';
}

function asAway(cause: unknown): never {
  throw away(cause);
}
