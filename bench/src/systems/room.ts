import { randomBytes } from 'node:crypto';
import { newId, type CommandId, type ConversationId } from '@parley/events';
import type { HttpAccount } from './http-account.ts';

const perBatch = 50;

/** Creates a private channel. @returns its id. */
export async function createRoom(owner: HttpAccount, others: readonly HttpAccount[]): Promise<ConversationId> {
  const commandId = newId<CommandId>();
  const members = others.map((account) => account.session.user.userId);
  const channel = { kind: 'channel', name: 'bench', visibility: 'private', members } as const;
  await owner.command({ commandId, type: 'conversation.create', ...channel });
  return commandId as string as ConversationId;
}

/** Sends so many messages with so many bytes of what looks like ciphertext, in batches, a few of them at a time. */
export async function fillRoom(
  account: HttpAccount,
  conversationId: ConversationId,
  messages: number,
  bytes = 120,
): Promise<void> {
  let left = messages;
  const sender = async (): Promise<void> => {
    while (left > 0) {
      const count = Math.min(perBatch, left);
      left -= count;
      await account.commands(Array.from({ length: count }, () => sealedMessage(conversationId, bytes)));
    }
  };
  await Promise.all(Array.from({ length: 4 }, sender));
}

function sealedMessage(conversationId: ConversationId, bytes: number) {
  const content = { suite: 'sealed.1', envelope: randomBytes(bytes).toString('base64') };
  return { commandId: newId<CommandId>(), type: 'message.send' as const, conversationId, content };
}
