import type { Snapshot } from '@parley/client';
import { createChatClient } from '@parley/client/browser';
import type { Session } from '@parley/events';
import { Chat } from '#lib/chat/chat.svelte.ts';
import { ownOrigin } from './own-origin.ts';

/**
 * @param snapshot what was held at an earlier visit, where the server can't be reached now.
 * @returns the chat of a signed-in person, with its outbox in this browser.
 */
export async function openChat(session: Session, snapshot?: Snapshot): Promise<Chat> {
  return new Chat(await createChatClient({ server: ownOrigin, session, ...(snapshot && { snapshot }) }));
}
