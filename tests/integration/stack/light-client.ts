import { setTimeout as pause } from 'node:timers/promises';
import {
  isRetryable,
  PROTOCOL_VERSION,
  type ConversationId,
  type Epoch,
  type LiveEvents,
  type Refusal,
  type SocketReply,
  type SyncPage,
  type SyncRequest,
} from '@parley/events';
import { io, type Socket } from 'socket.io-client';

const FIRST_STEP_MS = 500;
const LONGEST_STEP_MS = 3_000;
const ANSWER_MS = 10_000;

/**
 * As little of a client as docs/protocol.md allows, for tests that need thousands: comes back after a random wait, not
 * before the server says, then syncs, and counts the events of each conversation.
 */
export class LightClient {
  /** Refusals for good, and answers that were none. */
  readonly errors: string[] = [];
  /** How often it was told to come back later. */
  refusals = 0;
  synced = false;
  readonly #door: () => string;
  readonly #token: string;
  readonly #held = new Map<ConversationId, { epoch: Epoch; seq: number }>();
  #socket: Socket;
  #attempt = 0;
  #syncing = false;
  /** Something may be missing. While a sync is under way its page may be older than that. */
  #wanted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param door the address of a node, asked for each attempt: any will do. */
  constructor(door: () => string, token: string) {
    this.#door = door;
    this.#token = token;
    this.#socket = this.#connect();
  }

  /** @returns the last seq of a conversation up to which it lacks nothing. */
  reach(conversationId: ConversationId): number {
    return this.#held.get(conversationId)?.seq ?? 0;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket.off().disconnect();
  }

  #connect(): Socket {
    const auth = { token: this.#token, protocol: PROTOCOL_VERSION };
    const socket = io(this.#door(), { transports: ['websocket'], forceNew: true, reconnection: false, auth });
    socket.on('connect', () => void this.#sync());
    socket.on('resync', () => void this.#sync());
    socket.on('events', (live: LiveEvents) => this.#live(live));
    socket.on('disconnect', () => this.#later(0));
    socket.on('connect_error', (error: Error & { data?: Refusal }) => this.#refused(error.data));
    return socket;
  }

  #refused(refusal: Refusal | undefined): void {
    if (refusal && !isRetryable(refusal)) this.errors.push(refusal.kind);
    else this.#later(refusal?.retryAfterMs ?? 0);
    if (refusal) this.refusals += 1;
  }

  #later(atLeast: number): void {
    this.synced = false;
    const step = Math.min(LONGEST_STEP_MS, FIRST_STEP_MS * 2 ** this.#attempt++);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#socket.off().disconnect();
        this.#socket = this.#connect();
      },
      Math.max(atLeast, Math.random() * step),
    );
  }

  async #sync(): Promise<void> {
    this.#wanted = true;
    if (this.#syncing) return;
    this.#syncing = true;
    try {
      while (this.#wanted) {
        this.#wanted = false;
        if (await this.#ask()) this.#wanted = true;
      }
      this.synced = true;
      this.#attempt = 0;
    } catch {
      // No answer: the protocol says to connect anew.
      this.#socket.disconnect();
    }
    this.#syncing = false;
  }

  /** @returns whether to ask again. */
  async #ask(): Promise<boolean> {
    const positions: SyncRequest['positions'] = {};
    for (const [conversationId, { epoch, seq }] of this.#held) (positions[epoch] ??= {})[conversationId] = seq;
    const answer = (await this.#socket.timeout(ANSWER_MS).emitWithAck('sync', { positions })) as SocketReply<SyncPage>;
    if (answer.ok) return this.#take(answer.reply);
    this.refusals += 1;
    if (!isRetryable(answer.refusal)) this.errors.push(answer.refusal.kind);
    await pause(answer.refusal.retryAfterMs ?? FIRST_STEP_MS);
    return true;
  }

  #take(page: SyncPage): boolean {
    for (const { conversationId, epoch, events, withheld } of page.conversations) {
      const held = this.#held.get(conversationId) ?? { epoch, seq: 0 };
      const last = Math.max(held.seq, ...events.map(({ seq }) => seq), ...withheld.map(({ to }) => to));
      this.#held.set(conversationId, { epoch, seq: last });
    }
    return page.more;
  }

  #live({ conversationId, epoch, events }: LiveEvents): void {
    const held = this.#held.get(conversationId) ?? { epoch, seq: 0 };
    for (const { seq } of events) if (seq === held.seq + 1) held.seq = seq;
    this.#held.set(conversationId, held);
    if (held.seq < (events.at(-1)?.seq ?? 0)) void this.#sync();
  }
}
