import type { ChannelList, ConversationId, HttpRequestOf } from '@parley/events';
import type { Channel } from './channel-search.svelte.ts';

/** As many as the server gives at once. */
const PAGE = 200;

/**
 * @returns the public channel that has an id, joined or not; null where there is none. Rejects with a `RefusalError`.
 */
export async function findChannel(
  fetch: (request: HttpRequestOf<'channels'>) => Promise<ChannelList>,
  id: ConversationId,
): Promise<Channel | null> {
  for (let after: string | undefined; ;) {
    const { channels, next } = await fetch({ limit: PAGE, ...(after !== undefined && { after }) });
    const found = channels.find(({ conversationId }) => conversationId === id);
    if (found || next === null) return found ?? null;
    after = next;
  }
}
