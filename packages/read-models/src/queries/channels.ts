import type { ConversationId, UserId } from '@parley/events';
import { idBinary, idText, memberKey } from '../binary-ids.ts';
import type { Database } from '../database.ts';

/** One public channel. `after` is where the next page goes on. */
export interface ChannelRow {
  readonly conversationId: ConversationId;
  readonly name: string;
  readonly members: number;
  readonly joined: boolean;
}

/**
 * @param page `after`: the last row of the page before; `name`: only those whose name fits. Names are in the index, so
 * what does not fit costs no document.
 * @returns public channels by name, joined or not.
 */
export async function publicChannels(
  database: Database,
  userId: UserId,
  page: { limit: number; after?: { name: string; conversationId: ConversationId }; name?: RegExp },
): Promise<ChannelRow[]> {
  const { conversations, members } = await database.readModels();
  const found = await conversations
    .find({ kind: 'channel', visibility: 'public', ...(page.name && { name: page.name }), ...beyond(page.after) })
    .sort({ name: 1, _id: 1 })
    .limit(page.limit)
    .toArray();
  return Promise.all(
    found.map(async (row) => {
      const conversationId = idText<ConversationId>(row._id);
      const present = { role: { $in: ['member', 'moderator', 'owner'] as const } };
      const [count, own] = await Promise.all([
        members.countDocuments({ c: row._id, role: { $in: [...present.role.$in] } }),
        members.findOne({ _id: memberKey(conversationId, userId) }),
      ]);
      return { conversationId, name: row.name ?? '', members: count, joined: (own?.role ?? null) !== null };
    }),
  );
}

function beyond(after: { name: string; conversationId: ConversationId } | undefined) {
  if (!after) return {};
  return { $or: [{ name: { $gt: after.name } }, { name: after.name, _id: { $gt: idBinary(after.conversationId) } }] };
}
