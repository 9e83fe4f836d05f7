import {
  directoryRole,
  membershipEvents,
  type ConversationId,
  type HistoryRule,
  type MemberRole,
  type ParleyEvent,
  type UserId,
} from '@parley/events';
import { idBinary, idText, memberKey, members, type MemberDocument, type ReadModels } from '@parley/read-models';
import type { Update } from '../projector/bulk-write.ts';
import { resetOf, type Changes, type ProjectedEvent, type Projection } from './projection.ts';

/** Who is in a conversation, with which role, and which seqs each may see: the log's own rules (addMember, dropMember). */
export const memberList: Projection = {
  name: 'members',
  version: 1,
  handles: membershipEvents,
  begin: () => new MemberChanges(),
  reset: resetOf(members),
};

type Change =
  | { readonly userId: UserId; readonly role: MemberRole; readonly sees: 'all' | 'rest' }
  | { readonly userId: UserId; readonly role: MemberRole; readonly sees: 'same' }
  | { readonly userId: UserId; readonly role: null };

class MemberChanges implements Changes {
  readonly #rows = new Map<string, MemberDocument>();
  readonly #history = new Map<ConversationId, HistoryRule>();
  readonly #changed = new Set<string>();

  async prepare(models: ReadModels, events: readonly ProjectedEvent[]): Promise<void> {
    const relevant = events.filter(({ entry }) => memberList.handles.has(entry.type));
    if (relevant.length === 0) return;
    await Promise.all([this.#readRows(models, relevant), this.#readHistory(models, relevant)]);
  }

  apply({ entry, decoded }: ProjectedEvent): void {
    if (!decoded || !memberList.handles.has(decoded.type)) return;
    if (decoded.type === 'conversation.created') {
      this.#history.set(entry.conversationId, decoded.body.history);
    }
    for (const change of changesOf(decoded, this.#historyOf(entry.conversationId))) {
      this.#apply(entry.conversationId, entry.seq, change);
    }
  }

  updates(): Update[] {
    const rows = Array.from(this.#changed, (key) => this.#rows.get(key)).filter((row) => row !== undefined);
    return rows.map(({ _id, ...fields }) => ({ q: { _id }, u: { $set: fields }, upsert: true }));
  }

  #historyOf(conversation: ConversationId): HistoryRule {
    const history = this.#history.get(conversation);
    if (!history) throw new Error('Its conversation was never created.');
    return history;
  }

  #apply(conversation: ConversationId, seq: number, change: Change): void {
    const key = keyOf(conversation, change.userId);
    const row = this.#rows.get(key);
    if ((row?.changed ?? 0) >= seq) return;
    this.#rows.set(key, changed(conversation, row, seq, change));
    this.#changed.add(key);
  }

  async #readRows(models: ReadModels, events: readonly ProjectedEvent[]): Promise<void> {
    const keys = new Map(events.flatMap(usersOf));
    const found = models.members.find({ _id: { $in: [...keys.values()] } });
    for await (const row of found) this.#rows.set(keyOf(idText(row.c), idText(row.u)), row);
  }

  async #readHistory(models: ReadModels, events: readonly ProjectedEvent[]): Promise<void> {
    const ids = events.map(({ entry }) => idBinary(entry.conversationId));
    const found = models.conversations.find({ _id: { $in: ids } }, { projection: { history: 1 } });
    for await (const row of found) this.#history.set(idText(row._id), row.history);
  }
}

function usersOf({ entry, decoded }: ProjectedEvent) {
  if (!decoded) return [];
  const { conversationId } = entry;
  return changesOf(decoded, 'all').map(
    ({ userId }) => [keyOf(conversationId, userId), memberKey(conversationId, userId)] as const,
  );
}

function changesOf(event: ParleyEvent, history: HistoryRule): Change[] {
  const sees = history === 'all' ? 'all' : 'rest';
  switch (event.type) {
    case 'conversation.created':
      return event.body.members.map(({ userId, role }) => ({ userId, role, sees: 'all' }));
    case 'member.added':
      return [{ userId: event.body.userId, role: event.body.role, sees }];
    case 'member.joined':
      return [{ userId: event.actor.userId, role: 'member', sees }];
    case 'user.registered':
      return [{ userId: event.body.userId, role: directoryRole(event.body.role), sees }];
    case 'member.role-changed':
      return [{ userId: event.body.userId, role: event.body.role, sees: 'same' }];
    case 'member.removed':
      return [{ userId: event.body.userId, role: null }];
    case 'member.left':
      return [{ userId: event.actor.userId, role: null }];
    case 'message.sent':
    case 'message.edited':
    case 'message.deleted':
    case 'reaction.added':
    case 'reaction.removed':
      return [];
  }
}

function changed(
  conversation: ConversationId,
  row: MemberDocument | undefined,
  seq: number,
  change: Change,
): MemberDocument {
  if (change.role === null) return gone(row, seq);
  if (change.sees !== 'same') return come(conversation, row, seq, change);
  if (!row?.role) throw new Error('Whose role it changes is not a member.');
  return { ...row, role: change.role, changed: seq };
}

/** With the whole history before them, one open interval says it all. */
function come(
  conversation: ConversationId,
  row: MemberDocument | undefined,
  seq: number,
  change: Extract<Change, { sees: 'all' | 'rest' }>,
): MemberDocument {
  const visible = change.sees === 'all' ? [{ from: 1 }] : [...(row?.visible ?? []), { from: seq }];
  return {
    _id: memberKey(conversation, change.userId),
    c: idBinary(conversation),
    u: idBinary(change.userId),
    role: change.role,
    since: seq,
    visible,
    changed: seq,
  };
}

/** The open interval is the last one and ends here. */
function gone(row: MemberDocument | undefined, seq: number): MemberDocument {
  if (!row?.role) throw new Error('Whoever it takes out is not a member.');
  const last = row.visible.at(-1) ?? { from: seq };
  return { ...row, role: null, visible: [...row.visible.slice(0, -1), { from: last.from, to: seq }], changed: seq };
}

function keyOf(conversation: ConversationId, userId: UserId): string {
  return `${conversation}:${userId}`;
}
