import type { ConversationId, Epoch, SyncedConversation, SyncPage, SyncRequest } from '@parley/events';
import type { Conversations } from './conversations.ts';
import type { Outbox } from './outbox/outbox.ts';
import { garbled } from './refusals.ts';
import { runsOf } from './timeline/run.ts';

const MOST_UNARCHIVED = 500;

/** What catching up needs from the rest of the client. */
export interface CatchUpRoad {
  sync(request: SyncRequest): Promise<SyncPage>;
  /** Loads the conversation list and hands it to the conversations. */
  loadList(): Promise<void>;
  /** A conversation took events, or lost some. */
  took(synced: SyncedConversation): void;
  gone(conversationId: ConversationId): void;
}

/**
 * Asks for exactly what this client lacks, in pages, until nothing is missing; finds out on the way whether the log
 * went back in time and how far it is archived. One round at a time: who asks during one waits for the next.
 */
export class CatchUp {
  readonly #conversations: Conversations;
  readonly #outbox: Outbox;
  readonly #road: CatchUpRoad;
  #listed = false;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(conversations: Conversations, outbox: Outbox, road: CatchUpRoad) {
    this.#conversations = conversations;
    this.#outbox = outbox;
    this.#road = road;
  }

  /** Resolves when a round that began after this call is through. Rejects with a `RefusalError`. */
  run(): Promise<void> {
    if (!this.#running) return this.#start();
    this.#next ??= this.#running.catch(() => undefined).then(() => this.#start());
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = null;
    this.#running = this.#round().finally(() => (this.#running = null));
    return this.#running;
  }

  async #round(): Promise<void> {
    if (!this.#listed) await this.#road.loadList();
    this.#listed = true;
    const doubted = this.#foreignReceipts();
    for (let before = ''; ;) {
      const request = this.#request();
      const asked = JSON.stringify(request.positions);
      if (asked === before) throw garbled('sync');
      before = asked;
      const page = await this.#road.sync(request);
      await this.#takePage(page);
      if (!page.more) break;
    }
    this.#settle(doubted);
  }

  #request(): SyncRequest {
    const unarchived = this.#outbox.unarchived.slice(0, MOST_UNARCHIVED);
    return { positions: this.#conversations.positions(), ...(unarchived.length > 0 && { unarchived }) };
  }

  async #takePage(page: SyncPage): Promise<void> {
    const news = page.conversations.some(({ conversationId }) => !this.#conversations.isHeard(conversationId));
    // The list says where a new conversation stands; its past comes by pages when somebody looks.
    if (news) await this.#road.loadList();
    for (const synced of page.conversations) this.#take(synced);
    for (const id of page.gone) this.#road.gone(id);
  }

  #take(synced: SyncedConversation): void {
    const { conversationId, epoch, shared, head, archived } = synced;
    if (!this.#conversations.isHeard(conversationId)) this.#conversations.follow(synced);
    const { log } = this.#conversations.timeline(conversationId);
    if (log.epoch !== epoch) this.#changeEpoch(conversationId, epoch, shared ?? 0);
    log.take(epoch, runsOf(synced.events, synced.withheld));
    log.reached(epoch, head);
    this.#outbox.archived(conversationId, epoch, archived);
    this.#road.took(synced);
  }

  #changeEpoch(conversationId: ConversationId, epoch: Epoch, shared: number): void {
    const { log } = this.#conversations.timeline(conversationId);
    log.changeEpoch(epoch, shared);
    this.#outbox.epochChanged(conversationId, epoch, shared);
    this.#conversations.clampRead(conversationId, shared);
  }

  /** Commands whose receipt is of another epoch than the conversation was when this round began. */
  #foreignReceipts(): { conversationId: ConversationId; epoch: Epoch }[] {
    return this.#outbox.unarchived.flatMap((conversationId) => {
      const { epoch } = this.#conversations.timeline(conversationId).log;
      return epoch !== null && this.#outbox.hasForeignReceipt(conversationId, epoch) ? { conversationId, epoch } : [];
    });
  }

  /** The server stood by those receipts before this round: what is left of them lies in the present history. */
  #settle(doubted: readonly { conversationId: ConversationId; epoch: Epoch }[]): void {
    for (const { conversationId } of doubted) {
      const { epoch } = this.#conversations.timeline(conversationId).log;
      if (epoch !== null) this.#outbox.epochChanged(conversationId, epoch, Infinity);
    }
  }
}
