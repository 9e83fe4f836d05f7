import type { ChatClient } from '@parley/client';
import { newId, type CommandId, type ConversationId } from '@parley/events';

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
    const commands = texts.slice(from, from + BATCH).map((text) => ({
      ...{ type: 'message.send' as const, commandId: newId<CommandId>(), conversationId },
      content: { suite: 'none' as const, text },
    }));
    const { results } = await client.call('command', { commands });
    const refused = results.find((result) => 'refusal' in result);
    if (refused) throw new Error(`the server refused to seed: ${JSON.stringify(refused)}`);
  }
}

/** @returns `what 1`, `what 2` … up to `count`. */
export function numbered(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${what} ${n + 1}`);
}
