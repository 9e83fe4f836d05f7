import type { Stack } from '@parley/stack';
import type { ConversationId } from '@parley/events';
import { eventKey, events, openDatabase } from '@parley/read-models';

export const DAY_MS = 86_400_000;

/**
 * Moves what is archived of a conversation between two seqs, both included, so many days into the past: nobody waits for
 * days in a test, and whoever reads history gets the times of the archive.
 */
export async function moveDaysBack(
  stack: Stack,
  conversationId: ConversationId,
  { from, to, days }: { readonly from: number; readonly to: number; readonly days: number },
): Promise<void> {
  await using database = openDatabase(stack.mongo.url);
  await database
    .collection(events)
    .updateMany(
      { _id: { $gte: eventKey(conversationId, from), $lte: eventKey(conversationId, to) } },
      { $inc: { a: -days * DAY_MS } },
    );
}
