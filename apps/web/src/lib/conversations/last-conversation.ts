import { ConversationId } from '@parley/events';

const key = 'parley/last-conversation';

/** Which conversation was open last in this browser. Forgotten at sign-out, and where storage is blocked. */
export const lastConversation = {
  read(): ConversationId | null {
    try {
      return ConversationId.safeParse(localStorage.getItem(key)).data ?? null;
    } catch {
      return null;
    }
  },

  write(id: string | null): void {
    try {
      if (id === null) localStorage.removeItem(key);
      else localStorage.setItem(key, id);
    } catch {
      // The next visit begins with the overview.
    }
  },
};
