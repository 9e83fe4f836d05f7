import { setTimeout as delay } from 'node:timers/promises';
import { backOff } from '@parley/client';
import { PROTOCOL_VERSION, type ConversationId } from '@parley/events';
import type { HttpAccount } from '../systems/http-account.ts';
import { SocketIoSocket, SocketRefusedError } from './socket-io-socket.ts';
import { syncPage } from './sync-page.ts';

/**
 * A client over bare frames that behaves like packages/client where a node goes away: it notices by its own socket,
 * comes back after the same waits, and asks for what lies behind the positions it holds.
 */
export class ReturningClient {
  readonly #url: string;
  readonly #account: HttpAccount;
  readonly #room: ConversationId;
  readonly #positions: Record<string, Record<string, number>> = {};
  readonly #waiting: { readonly seq: number; readonly reached: (at: number) => void }[] = [];
  #held = 0;
  #isOver = false;
  #socket: SocketIoSocket | undefined;

  /** @param room the conversation whose events count. */
  constructor(url: string, account: HttpAccount, room: ConversationId) {
    this.#url = url;
    this.#account = account;
    this.#room = room;
    void this.#run();
  }

  /** @returns when it held everything of the room up to `seq`, in milliseconds of `performance.now`. */
  holds(seq: number): Promise<number> {
    if (this.#held >= seq) return Promise.resolve(performance.now());
    return new Promise((reached) => this.#waiting.push({ seq, reached }));
  }

  close(): void {
    this.#isOver = true;
    this.#socket?.close();
  }

  async #run(): Promise<void> {
    let attempt = 0;
    let seenAt = performance.now();
    while (!this.#isOver) {
      try {
        const socket = await this.#open();
        await this.#syncAll(socket);
        attempt = 0;
        await socket.closed;
        seenAt = performance.now();
      } catch (error) {
        this.#socket?.close();
        const atLeast = error instanceof SocketRefusedError ? error.retryAfterMs : 0;
        await delay(Math.max(atLeast, backOff(attempt, performance.now() - seenAt)));
        attempt += 1;
      }
    }
  }

  async #open(): Promise<SocketIoSocket> {
    const auth = { token: await this.#account.token(), protocol: PROTOCOL_VERSION };
    this.#socket = await SocketIoSocket.open({ url: this.#url, auth, heard: () => undefined });
    return this.#socket;
  }

  async #syncAll(socket: SocketIoSocket): Promise<void> {
    for (;;) {
      const { more, conversations } = await syncPage(socket, { positions: this.#positions });
      for (const { conversationId, epoch, events, withheld } of conversations) {
        const reached = Math.max(0, ...events.map(({ seq }) => seq), ...withheld.map(({ to }) => to));
        if (reached === 0) continue;
        this.#positions[epoch] = { ...this.#positions[epoch], [conversationId]: reached };
        if (conversationId === this.#room) this.#reach(reached);
      }
      if (!more) return;
    }
  }

  #reach(seq: number): void {
    this.#held = seq;
    const reached = this.#waiting.filter((one) => one.seq <= seq);
    for (const one of reached) {
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
      one.reached(performance.now());
    }
  }
}
