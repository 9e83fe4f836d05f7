import type {
  ConversationId,
  ConversationKind,
  HistoryRule,
  MemberRole,
  UserId,
  VisibleInterval,
  Visibility,
  WireEvent,
} from '@parley/events';
import { eventKey, idBinary, idText } from '../binary-ids.ts';
import type { Database, ReadModels } from '../database.ts';
import type { ConversationDocument } from '../documents/conversations.ts';
import { events } from '../documents/events.ts';
import type { MemberDocument } from '../documents/members.ts';
import { lastMessage } from './last-message.ts';
import { countUnread } from './unread-count.ts';
import { isVisible } from './visible-seqs.ts';
import { wireEvent } from './wire-events.ts';

/**
 * One conversation of a user as the read models know it, up to `head`. `with`: the others of a direct conversation,
 * some members of a group.
 */
export interface ConversationRow {
  readonly conversationId: ConversationId;
  readonly kind: ConversationKind;
  readonly name: string | null;
  readonly visibility: Visibility;
  readonly history: HistoryRule;
  readonly role: MemberRole;
  readonly visible: readonly VisibleInterval[];
  readonly with: UserId[];
  readonly head: number;
  readonly headAt: number;
  readonly last: WireEvent | null;
  readonly unread: number;
}

/** How a user belongs to a conversation. */
export type Membership = Pick<ConversationRow, 'conversationId' | 'role' | 'visible'>;

/** How many members a group's row names. */
const NAMED = 8;

/** @returns the memberships of a user as the read models know them, which may be late. */
export async function membershipsOf(database: Database, userId: UserId): Promise<Membership[]> {
  const models = await database.readModels();
  const mine = models.members.find({ u: idBinary(userId), role: { $in: ['member', 'moderator', 'owner'] } });
  return mine
    .map(({ c, role, visible }) => ({ conversationId: idText<ConversationId>(c), role: role ?? 'member', visible }))
    .toArray();
}

/**
 * @param memberships which conversations to tell of, and what the user may see of each.
 * @param read how far the user has read, by conversation id, in the present epochs.
 * @returns those of the conversations that the read models know, in no order.
 */
export async function conversationRows(
  database: Database,
  userId: UserId,
  memberships: readonly Membership[],
  read: ReadonlyMap<ConversationId, number>,
): Promise<ConversationRow[]> {
  const models = await database.readModels();
  const ids = memberships.map(({ conversationId }) => idBinary(conversationId));
  const rows = await models.conversations.find({ _id: { $in: ids }, kind: { $ne: 'directory' } }).toArray();
  const [lasts, others] = await Promise.all([readLasts(database, models, rows), readOthers(models, rows, userId)]);
  const byId = new Map(rows.map((row) => [idText<ConversationId>(row._id), row]));
  const known = memberships.flatMap((member) => {
    const [id, row] = [member.conversationId, byId.get(member.conversationId)];
    return row ? [{ id, row, member }] : [];
  });
  return Promise.all(
    known.map(({ id, row, member }) => {
      const after = read.get(id) ?? 0;
      return rowOf(database, { userId, id, row, member, after, last: lasts.get(id), with: others.get(id) ?? [] });
    }),
  );
}

interface RowParts {
  readonly userId: UserId;
  readonly id: ConversationId;
  readonly row: ConversationDocument;
  readonly member: Membership;
  readonly after: number;
  readonly last: WireEvent | undefined;
  readonly with: UserId[];
}

async function rowOf(database: Database, parts: RowParts): Promise<ConversationRow> {
  const { id, row, member, userId, after } = parts;
  const { role, visible } = member;
  const seen = parts.last && isVisible(visible, row.messageSeq) ? parts.last : undefined;
  const request = { conversationId: id, userId, visible, after, to: row.messageSeq };
  const [last, unread] = await Promise.all([
    seen ?? (row.messageSeq > 0 ? lastMessage(database, request) : null),
    row.messageSeq > after ? countUnread(database, request) : 0,
  ]);
  const { kind, name, visibility, history, head, headAt } = row;
  const fixed = { conversationId: id, kind, name, visibility, history, head, headAt };
  return { ...fixed, role, visible, with: parts.with, last, unread };
}

/** @returns the last message of each conversation, where it was not deleted. */
async function readLasts(database: Database, models: ReadModels, rows: readonly ConversationDocument[]) {
  const keys = rows.filter((row) => row.messageSeq > 0).map((row) => eventKey(row._id.buffer, row.messageSeq));
  const [found, deletions] = await Promise.all([
    database
      .collection(events)
      .find({ _id: { $in: keys } })
      .toArray(),
    models.overlays.find({ x: { $in: keys } }, { projection: { _id: 1 } }).toArray(),
  ]);
  const deleted = new Set(deletions.map(({ _id }) => idText<ConversationId>(_id)));
  const lasts = found.map((event) => [idText<ConversationId>(event._id), wireEvent(event)] as const);
  return new Map(lasts.filter(([id]) => !deleted.has(id)));
}

/** @returns for each direct conversation and group some of the other members. */
async function readOthers(models: ReadModels, rows: readonly ConversationDocument[], userId: UserId) {
  const named = rows.filter((row) => row.kind === 'direct' || row.kind === 'group');
  const others = new Map<ConversationId, UserId[]>();
  const found = models.members.find({
    c: { $in: named.map((row) => row._id) },
    role: { $in: ['member', 'moderator', 'owner'] },
  });
  for await (const member of found.project<Pick<MemberDocument, 'c' | 'u'>>({ c: 1, u: 1, _id: 0 })) {
    const id = idText<ConversationId>(member.c);
    const list = others.get(id) ?? [];
    const other = idText<UserId>(member.u);
    if (other !== userId && list.length < NAMED) list.push(other);
    others.set(id, list);
  }
  return others;
}
