import type { ConversationId, Epoch, Mark, UserId } from '@parley/events';
import { idText } from '../binary-ids.ts';
import type { Database } from '../database.ts';
import { marks, type MarkDocument } from '../documents/marks.ts';

/** @returns a kept mark as the wire knows it. */
export function markOf({ _id, epoch, read, delivered }: MarkDocument): Mark {
  return {
    conversationId: idText<ConversationId>(_id),
    userId: idText<UserId>(_id, 16),
    epoch: epoch as Epoch,
    read,
    delivered,
  };
}

/** @returns all marks that are kept, of everybody in every conversation. */
export async function* keptMarks(database: Database): AsyncGenerator<Mark> {
  for await (const document of database.collection(marks).find()) yield markOf(document);
}
