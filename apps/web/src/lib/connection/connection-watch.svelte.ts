import type { Chat } from '#lib/chat/chat.svelte.ts';
import { connectionNotice, type ConnectionNotice } from './connection-notice.ts';

/** Follows the connection with a clock, because its notice waits 3 s and then counts down. */
export class ConnectionWatch {
  readonly #chat: Chat;
  #since = $state(Date.now());
  #now = $state(Date.now());

  constructor(chat: Chat) {
    this.#chat = chat;
  }

  get notice(): ConnectionNotice | null {
    return connectionNotice(this.#chat.connection, this.#since, this.#now);
  }

  /** Notes the moment at which the connection was lost, and counts while it is. Returns how to stop. */
  follow(online: boolean): () => void {
    this.#since = this.#now = Date.now();
    if (online) return () => undefined;
    const timer = setInterval(() => (this.#now = Date.now()), 500);
    return () => clearInterval(timer);
  }
}
