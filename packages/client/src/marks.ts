import { isRetryable, type ConversationId, type Epoch, type MarkRequest } from '@parley/events';
import { asRefusalError } from './refusals.ts';

/** Marks that come within this time go out as one. */
const GATHER_MS = 300;
/** From one round of marks to the next, failed or not: in a lively conversation every message raises one for everybody. */
const ROUND_MS = 3_000;

interface Reach {
  epoch: Epoch;
  read: number;
  delivered: number;
}

/**
 * Tells the server how far I have read and how far this device holds. Marks only rise, so only the newest of each
 * conversation is sent, gathered over a moment; what could not be sent goes out with the next connection.
 */
export class Marks {
  readonly #send: (request: MarkRequest) => Promise<unknown>;
  readonly #due = new Map<ConversationId, Reach>();
  readonly #sent = new Map<ConversationId, Reach>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastRound = -Infinity;
  #open = false;

  constructor(send: (request: MarkRequest) => Promise<unknown>) {
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
    this.#timer ??= setTimeout(() => void this.#flush(), delay);
  }

  async #flush(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    await Promise.all(due.map(([conversationId, reach]) => this.#tell(conversationId, reach)));
    this.#lastRound = performance.now();
    this.#timer = undefined;
    this.#plan();
  }

  /** What could not be said is due again. */
  async #tell(conversationId: ConversationId, reach: Reach): Promise<void> {
    const { epoch, read, delivered } = reach;
    try {
      await this.#send({ conversationId, epoch, ...(read > 0 && { read }), ...(delivered > 0 && { delivered }) });
      this.#sent.set(conversationId, reach);
    } catch (fault) {
      if (!isRetryable(asRefusalError(fault).refusal)) return;
      // A newer mark of the conversation says the same and more.
      if (!this.#due.has(conversationId)) this.#due.set(conversationId, reach);
    }
  }
}
