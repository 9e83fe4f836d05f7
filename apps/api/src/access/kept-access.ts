import { partitionOf, type ConversationId, type Epoch, type UserId } from '@parley/events';
import type { Access } from '@parley/events/log';
import { archivedHead, checkpoints, idBinary, memberKey, type Database } from '@parley/read-models';

/**
 * What a user may do and see by the read models: the answer while the log is away, when nothing can change either.
 * @returns undefined where the read models know no such conversation.
 */
export async function keptAccess(
  database: Database,
  userId: UserId,
  conversationId: ConversationId,
): Promise<Access | undefined> {
  const { conversations, members } = await database.readModels();
  const [conversation, member, checkpoint, head] = await Promise.all([
    conversations.findOne({ _id: idBinary(conversationId) }),
    members.findOne({ _id: memberKey(conversationId, userId) }),
    database.collection(checkpoints).findOne({ _id: partitionOf(conversationId) }),
    archivedHead(database, conversationId),
  ]);
  if (!conversation || !checkpoint) return undefined;
  const { kind, visibility, history } = conversation;
  const epoch = checkpoint.epoch as Epoch;
  return {
    conversation: { conversationId, kind, visibility, history, epoch, head, unarchived: head + 1 },
    role: member?.role ?? null,
    visible: member?.visible ?? [],
  };
}
