import { isRetryable, type ConversationId, type Epoch, type MarkRequest } from '@parley/events';
import { asRefusalError } from './refusals.ts';

/** Marks that come within this time go out as one. */
const GATHER_MS = 300;
/** From one round of marks to the next, failed or not: in a lively conversation every message raises one for everybody. */
const ROUND_MS = 3_000;
/** So long whoever leaves waits until the last marks are told: a server that is silent must hold nobody. */
const LEAVING_MS = 1_000;

interface Reach {
  epoch: Epoch;
  read: number;
  delivered: number;
}

type Send = (request: MarkRequest) => Promise<unknown>;

/**
 * Tells the server how far I have read and how far this device holds. Marks only rise, so only the newest of each
 * conversation is sent, gathered over a moment; what could not be sent goes out with the next connection.
 */
export class Marks {
  readonly #send: Send;
  /** What the server has not confirmed. */
  readonly #due = new Map<ConversationId, Reach>();
  readonly #sent = new Map<ConversationId, Reach>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastRound = -Infinity;
  #open = false;

  constructor(send: Send) {
    this.#send = send;
  }

  read(conversationId: ConversationId, epoch: Epoch, seq: number): void {
    this.#raise(conversationId, epoch, 'read', seq);
  }

  delivered(conversationId: ConversationId, epoch: Epoch, seq: number): void {
    this.#raise(conversationId, epoch, 'delivered', seq);
  }

  open(): void {
    this.#open = true;
    this.#lastRound = -Infinity;
    this.#plan();
  }

  pause(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #raise(conversationId: ConversationId, epoch: Epoch, part: 'read' | 'delivered', seq: number): void {
    const held = this.#due.get(conversationId) ?? this.#sent.get(conversationId);
    const before = held?.epoch === epoch ? held : { epoch, read: 0, delivered: 0 };
    if (before[part] >= seq) return;
    this.#due.set(conversationId, { ...before, [part]: seq });
    this.#plan();
  }

  #plan(): void {
    if (!this.#open || this.#due.size === 0) return;
    const delay = Math.max(GATHER_MS, this.#lastRound + ROUND_MS - performance.now());
    this.#timer ??= setTimeout(() => void this.#round(), delay);
  }

  /**
   * Tells at once, by a road of its own, what was read: the client may be gone before the next round. How far it holds, it
   * finds out anew. Resolves when that is told, or after a moment in which it was not. Never rejects.
   */
  async flush(send: Send): Promise<void> {
    const isRead = ([id, { epoch, read }]: [ConversationId, Reach]): boolean => {
      const sent = this.#sent.get(id);
      return read > (sent?.epoch === epoch ? sent.read : 0);
    };
    let giveUp: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (giveUp = setTimeout(resolve, LEAVING_MS)));
    await Promise.race([this.#tellAll(send, [...this.#due].filter(isRead)), late]);
    clearTimeout(giveUp);
  }

  async #round(): Promise<void> {
    await this.#tellAll(this.#send, [...this.#due]);
    this.#lastRound = performance.now();
    this.#timer = undefined;
    this.#plan();
  }

  async #tellAll(send: Send, due: readonly [ConversationId, Reach][]): Promise<void> {
    await Promise.all(due.map(([conversationId, reach]) => this.#tell(send, conversationId, reach)));
  }

  /** What could not be said stays due; what is refused for good does not. */
  async #tell(send: Send, conversationId: ConversationId, reach: Reach): Promise<void> {
    const { epoch, read, delivered } = reach;
    try {
      await send({ conversationId, epoch, ...(read > 0 && { read }), ...(delivered > 0 && { delivered }) });
      this.#sent.set(conversationId, reach);
    } catch (fault) {
      if (isRetryable(asRefusalError(fault).refusal)) return;
    }
    // A newer mark of the conversation stays due.
    if (this.#due.get(conversationId) === reach) this.#due.delete(conversationId);
  }
}
