import type { ChatClient } from '@parley/client';
import type { ConversationId, UserId } from '@parley/events';

/** Who types in a conversation now, for as long as somebody looks. */
export class Typists {
  readonly #client: Pick<ChatClient, 'typists' | 'onTyping'>;
  readonly #id: ConversationId;
  #now = $state.raw<readonly UserId[]>([]);

  constructor(client: Pick<ChatClient, 'typists' | 'onTyping'>, id: ConversationId) {
    this.#client = client;
    this.#id = id;
  }

  /** Longest first, never oneself. */
  get now(): readonly UserId[] {
    return this.#now;
  }

  /** Follows them, and begins with who types already. Returns how to stop. */
  follow(): () => void {
    this.#now = this.#client.typists(this.#id);
    return this.#client.onTyping(this.#id, (userIds) => (this.#now = userIds));
  }
}
