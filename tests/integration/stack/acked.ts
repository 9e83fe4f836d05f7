import type { ChatClient } from '@parley/client';
import {
  isRetryable,
  newId,
  RefusalError,
  type Command,
  type CommandId,
  type ConversationId,
  type Receipt,
} from '@parley/events';

import { eventually } from './eventually.ts';

/** @returns the command that sends a plain message, under an id of its own unless one is given. */
export function messageCommand(conversationId: ConversationId, text: string, commandId = newId<CommandId>()): Command {
  return { type: 'message.send', commandId, conversationId, content: { suite: 'none', text } };
}

/** One message around the outbox, in one attempt. @returns its receipt, or why it was refused. */
export async function ask(
  client: ChatClient,
  conversationId: ConversationId,
  text: string,
  commandId?: CommandId,
): Promise<Receipt | string> {
  const command = messageCommand(conversationId, text, commandId);
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

/**
 * One request of commands around the outbox, sent again as it is while something of it is refused for now: the log keeps
 * each once and in this order. Resolves when it has all; rejects with a refusal that does not pass.
 */
export async function allAcked(client: ChatClient, commands: readonly Command[]): Promise<void> {
  await eventually(`${commands.length} commands are acked`, async () => {
    const { results } = await client.call('command', { commands: [...commands] });
    const refusals = results.flatMap((result) => ('refusal' in result ? [result.refusal] : []));
    const refusal = refusals.find((each) => !isRetryable(each)) ?? refusals[0];
    if (refusal) throw new RefusalError(refusal);
    return results.length === commands.length;
  });
}

/** Resolves when the workers have everything of a conversation up to `seq` in the archive. */
export async function archivedUpTo(client: ChatClient, conversationId: ConversationId, seq: number): Promise<void> {
  await eventually(`archived up to ${seq}`, async () => {
    const page = await client.call('sync', { positions: {}, unarchived: [conversationId] });
    return page.conversations.some((row) => row.conversationId === conversationId && row.archived === seq);
  });
}
