import type { ConversationId, HistoryPage, HttpRequestOf } from '@parley/events';
import type { Conversations } from './conversations.ts';
import { asRefusalError, garbled } from './refusals.ts';
import type { TimelineView } from './timeline/timeline-view.ts';

const PAGE = 50;

export interface PageRoad {
  page(conversationId: ConversationId, query: HttpRequestOf<'history'>): Promise<HistoryPage>;
  catchUp(): Promise<void>;
  took(conversationId: ConversationId, page: HistoryPage): void;
  changed(conversationId: ConversationId): void;
}

/** Loads history page by page, one at a time for each conversation. What goes wrong stands in the timeline. */
export class OlderPages {
  readonly #conversations: Conversations;
  readonly #road: PageRoad;
  readonly #loading = new Map<ConversationId, Promise<void>>();

  constructor(conversations: Conversations, road: PageRoad) {
    this.#conversations = conversations;
    this.#road = road;
  }

  /** Loads the page before what is held, or the newest. Resolves also when that fails. */
  load(conversationId: ConversationId): Promise<void> {
    const known = this.#loading.get(conversationId);
    if (known) return known;
    const loading = this.#load(conversationId).finally(() => this.#loading.delete(conversationId));
    this.#loading.set(conversationId, loading);
    return loading;
  }

  async #load(conversationId: ConversationId): Promise<void> {
    const view = this.#conversations.timeline(conversationId);
    if (view.timeline().atStart) return;
    this.#show(view, true, null);
    try {
      const fits = (await this.#take(view)) || (await this.#afterSync(view));
      if (!fits) throw garbled('history');
      this.#show(view, false, null);
    } catch (fault) {
      this.#show(view, false, asRefusalError(fault));
    }
  }

  async #take({ log }: TimelineView): Promise<boolean> {
    const { conversationId, epoch, first } = log;
    const page = await this.#road.page(conversationId, {
      limit: PAGE,
      ...(epoch !== null && { before: first, epoch }),
    });
    const fits = log.takePage(page);
    if (fits) this.#road.took(conversationId, page);
    return fits;
  }

  /** The page was of another epoch: the log went back in time, or is about to be known to. */
  async #afterSync(view: TimelineView): Promise<boolean> {
    await this.#road.catchUp();
    return this.#take(view);
  }

  #show(view: TimelineView, loading: boolean, error: ReturnType<typeof asRefusalError> | null): void {
    view.setLoading(loading, error?.refusal ?? null);
    this.#road.changed(view.log.conversationId);
  }
}
