import { browserSurroundings } from './browser-surroundings.ts';
import type { ChatClient } from './chat-client.ts';
import { createChatClient as create, type ChatClientOptions } from './index.ts';
import { IndexedDbOutboxStore } from './outbox/indexeddb-store.ts';
import { tabSharing } from './outbox/tab-sharing.ts';

export { forget, keepUp, recall, type Kept } from './kept.ts';
export { IndexedDbOutboxStore } from './outbox/indexeddb-store.ts';
export { tabSharing } from './outbox/tab-sharing.ts';

/**
 * Opens a chat in a browser: the outbox in IndexedDB, one for all tabs of the person; connects at once when the
 * network comes back. Rejects when the browser lets no page store anything.
 */
export async function createChatClient(options: ChatClientOptions): Promise<ChatClient> {
  const { userId } = options.session.user;
  return create({
    store: await IndexedDbOutboxStore.open(userId),
    sharing: tabSharing(userId),
    surroundings: browserSurroundings,
    ...options,
  });
}
