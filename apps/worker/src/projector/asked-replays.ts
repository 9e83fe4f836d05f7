import type { ConversationId } from '@parley/events';
import { deadLetters, idText, type Database, type DeadLetterDocument } from '@parley/read-models';
import type { Logger } from '../logger.ts';

const UNREADABLE = 'The entry cannot be read as an event: its bytes are in raw_entries.';

/**
 * Does the replays that `parley dead-letters replay` asked for, each conversation once, and notes what came of them.
 * @param replay projects a conversation; null when it is whole again, else why not.
 */
export async function answerReplays(
  database: Database,
  replay: (conversationId: ConversationId) => Promise<string | null>,
  logger: Logger,
): Promise<void> {
  const letters = database.collection(deadLetters);
  for (;;) {
    const asked = await letters.findOne({ replayAskedAt: { $gt: new Date(0) } });
    if (!asked) return;
    const failed = asked.conversation ? await replay(idText<ConversationId>(asked.conversation)) : UNREADABLE;
    await letters.updateMany(sameConversation(asked), {
      $unset: { replayAskedAt: '', ...(failed === null ? { replayFailed: '' } : {}) },
      $set: failed === null ? { resolvedAt: new Date() } : { replayFailed: failed },
    });
    logger.info({ letter: asked._id, failed }, 'A dead letter was replayed.');
  }
}

function sameConversation({ _id, conversation }: DeadLetterDocument) {
  return conversation ? { conversation, replayAskedAt: { $gt: new Date(0) } } : { _id };
}
