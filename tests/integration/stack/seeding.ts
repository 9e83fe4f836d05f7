import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';

import { allAcked, messageCommand } from './acked.ts';

/** As many commands as one request may carry. */
const BATCH = 50;

/**
 * Stores messages without the outbox, as fast as the server takes them: the past of a room, not what is tested.
 * Resolves when all are in the log, in this order.
 */
export async function seed(
  client: ChatClient,
  conversationId: ConversationId,
  texts: readonly string[],
): Promise<void> {
  for (let from = 0; from < texts.length; from += BATCH) {
    await allAcked(
      client,
      texts.slice(from, from + BATCH).map((text) => messageCommand(conversationId, text)),
    );
  }
}

/** @returns `what 1`, `what 2` … up to `count`. */
export function numbered(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${what} ${n + 1}`);
}
