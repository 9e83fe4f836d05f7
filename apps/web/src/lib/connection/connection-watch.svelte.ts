import type { Chat } from '#lib/chat/chat.svelte.ts';
import { connectionNotice, type ConnectionNotice } from './connection-notice.ts';

/** Follows the connection with a clock, because its notice waits 3 s and then counts down. */
export class ConnectionWatch {
  readonly #chat: Pick<Chat, 'connection'>;
  #now = $state(Date.now());
  #wasOnline = $state(false);

  constructor(chat: Pick<Chat, 'connection'>) {
    this.#chat = chat;
  }

  get notice(): ConnectionNotice | null {
    return connectionNotice(this.#chat.connection, this.#now);
  }

  /** The moment of which everything is that is on the screen; null while it is now, or of an earlier visit. */
  get asOf(): number | null {
    const { connection } = this.#chat;
    return this.#wasOnline && 'since' in connection ? connection.since : null;
  }

  /** Counts while there is no connection. Returns how to stop. */
  follow(online: boolean): () => void {
    this.#now = Date.now();
    if (online) this.#wasOnline = true;
    if (online) return () => undefined;
    const timer = setInterval(() => (this.#now = Date.now()), 500);
    return () => clearInterval(timer);
  }
}
