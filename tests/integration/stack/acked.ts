import type { ChatClient } from '@parley/client';
import { newId, RefusalError, type CommandId, type ConversationId, type Receipt } from '@parley/events';

import { eventually } from './eventually.ts';

/** One message around the outbox, in one attempt. @returns its receipt, or why it was refused. */
export async function ask(
  client: ChatClient,
  conversationId: ConversationId,
  text: string,
  commandId = newId<CommandId>(),
): Promise<Receipt | string> {
  const command = {
    type: 'message.send' as const,
    commandId,
    conversationId,
    content: { suite: 'none' as const, text },
  };
  try {
    const [result] = (await client.call('command', { commands: [command] })).results;
    return result && 'receipt' in result ? result.receipt : (result?.refusal.kind ?? 'no answer');
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.kind;
    throw error;
  }
}

/** The same message, under one id, until it is acked. @returns its receipt at the moment when the client has it. */
export async function acked(client: ChatClient, conversationId: ConversationId, text: string): Promise<Receipt> {
  const commandId = newId<CommandId>();
  return eventually(`"${text}" is acked`, async () => {
    const answer = await ask(client, conversationId, text, commandId);
    return typeof answer === 'string' ? undefined : answer;
  });
}

/** Resolves when the workers have everything of a conversation up to `seq` in the archive. */
export async function archivedUpTo(client: ChatClient, conversationId: ConversationId, seq: number): Promise<void> {
  await eventually(`archived up to ${seq}`, async () => {
    const page = await client.call('sync', { positions: {}, unarchived: [conversationId] }).catch(() => undefined);
    return page?.conversations.some((row) => row.conversationId === conversationId && row.archived === seq);
  });
}
