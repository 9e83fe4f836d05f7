import type { ConversationId, Epoch, SyncedConversation, SyncPage, SyncRequest } from '@parley/events';
import type { Conversations } from './conversations.ts';
import type { Outbox } from './outbox/outbox.ts';
import { garbled } from './refusals.ts';
import { runsOf } from './timeline/run.ts';

const MOST_UNARCHIVED = 500;
/** So many positions fit into a frame with the longest seqs, each in an epoch of its own, and what a page may add. */
const MOST_NAMED = 2_500;

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
 * went back in time and how far it is archived. One round at a time: who asks during one waits for the next. Who has more
 * conversations than one request can name asks for them part by part.
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
    // What is new may stand behind all that a part leaves unnamed: then only the list tells of it.
    if (!this.#listed || this.#conversations.heard.length > MOST_NAMED) await this.#road.loadList();
    this.#listed = true;
    const doubted = this.#foreignReceipts();
    for (const part of partsOf(this.#conversations.heard)) await this.#syncPart(part);
    this.#settle(doubted);
  }

  /** @param part what is named; conversations that turn out to be new join it. */
  async #syncPart(part: ConversationId[]): Promise<void> {
    for (let before = '', isDone = false; !isDone;) {
      const request = this.#request(part);
      const asked = JSON.stringify(request.positions);
      if (asked === before) throw garbled('sync');
      before = asked;
      const page = await this.#road.sync(request);
      isDone = (await this.#takePage(page, part)) || !page.more;
    }
  }

  #request(part: readonly ConversationId[]): SyncRequest {
    const named = new Set(part);
    const wanted = this.#outbox.unarchived.filter((id) => named.has(id) || !this.#conversations.isHeard(id));
    const unarchived = wanted.slice(0, MOST_UNARCHIVED);
    return { positions: this.#conversations.positions(part), ...(unarchived.length > 0 && { unarchived }) };
  }

  /**
   * What was not named comes behind what was, and from its beginning on.
   * @returns whether the page reaches what other parts name: then all of this part is here.
   */
  async #takePage(page: SyncPage, part: ConversationId[]): Promise<boolean> {
    const named = new Set(part);
    const isNew = ({ conversationId }: SyncedConversation): boolean => !this.#conversations.isHeard(conversationId);
    const mine = page.conversations.filter((synced) => named.has(synced.conversationId) || isNew(synced));
    const news = mine.filter(isNew);
    // The list says where a new conversation stands; its past comes by pages when somebody looks.
    if (news.length > 0) await this.#road.loadList();
    part.push(...news.map(({ conversationId }) => conversationId));
    for (const synced of mine) this.#take(synced);
    for (const id of page.gone) this.#road.gone(id);
    return mine.length < page.conversations.length;
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

/** @returns the ids in parts that one request can name each; one empty part where there are none. */
function partsOf(ids: readonly ConversationId[]): ConversationId[][] {
  const count = Math.max(1, Math.ceil(ids.length / MOST_NAMED));
  return Array.from({ length: count }, (_, at) => ids.slice(at * MOST_NAMED, (at + 1) * MOST_NAMED));
}
