import { isRetryable, type ConversationId, type HistoryPage, type HttpRequestOf, type Refusal } from '@parley/events';
import { backOff } from './back-off.ts';
import type { PastPlace } from './chat-client.ts';
import type { Conversations } from './conversations.ts';
import { asRefusalError, garbled } from './refusals.ts';
import type { TimelineLog } from './timeline/timeline-log.ts';
import type { TimelineView } from './timeline/timeline-view.ts';

const PAGE = 50;
/** While the connection stands, a page that could not be had is asked for again after this at the earliest. */
const AGAIN_MS = 1_000;

export interface PageRoad {
  page(conversationId: ConversationId, query: HttpRequestOf<'history'>): Promise<HistoryPage>;
  catchUp(): Promise<void>;
  took(conversationId: ConversationId, page: HistoryPage): void;
  /** Something is being loaded, or could not be. */
  loading(conversationId: ConversationId): void;
}

type Query = HttpRequestOf<'history'>;
/** What to ask for now and how to take it in; null where all of it is held. */
type Errand = (log: TimelineLog) => { readonly query: Query; readonly take: (page: HistoryPage) => boolean } | null;

/**
 * Loads history page by page, one at a time for each conversation. What goes wrong stands in the timeline, until the page
 * is here: what failed for now is asked for again as soon as there is a connection, and from time to time after that.
 */
export class PastPages {
  readonly #conversations: Conversations;
  readonly #road: PageRoad;
  readonly #loading = new Map<ConversationId, { readonly what: string; readonly done: Promise<void> }>();
  /** How to ask again for what a timeline shows as failed. */
  readonly #failed = new Map<ConversationId, () => Promise<void>>();
  #open = false;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(conversations: Conversations, road: PageRoad) {
    this.#conversations = conversations;
    this.#road = road;
  }

  /** There is a connection: what failed is asked for again at once. */
  open(): void {
    this.#open = true;
    this.#attempt = 0;
    this.#again();
  }

  /** The connection is gone: what fails now waits for the next one. */
  pause(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Loads the page before what reaches to the newest, or the newest. Resolves also when that fails. */
  loadOlder(conversationId: ConversationId): Promise<void> {
    return this.#inTurn(conversationId, 'older', () => this.#load(conversationId, olderPage));
  }

  /** Loads a page at a place, and the newest before if nothing is held. Resolves also when that fails. */
  loadPast(conversationId: ConversationId, place: PastPlace): Promise<void> {
    return this.#inTurn(conversationId, JSON.stringify(place), async () => {
      const { log } = this.#conversations.timeline(conversationId);
      // With the newest there is always an end to go to; without it, what went wrong stands.
      if (isEmpty(log)) await this.#load(conversationId, olderPage);
      if (!isEmpty(log)) await this.#load(conversationId, pageAt(place));
    });
  }

  /** Who asks for the same again meanwhile gets the same. */
  #inTurn(conversationId: ConversationId, what: string, work: () => Promise<void>): Promise<void> {
    const known = this.#loading.get(conversationId);
    if (known?.what === what) return known.done;
    const done = (known ? known.done.then(work) : work()).finally(() => {
      if (this.#loading.get(conversationId)?.done === done) this.#loading.delete(conversationId);
      this.#note(conversationId, () => this.#inTurn(conversationId, what, work));
    });
    this.#loading.set(conversationId, { what, done });
    return done;
  }

  #note(conversationId: ConversationId, again: () => Promise<void>): void {
    const { failure } = this.#conversations.timeline(conversationId);
    if (failure && isRetryable(failure)) {
      this.#failed.set(conversationId, again);
      this.#plan(failure);
    } else if (this.#failed.delete(conversationId) && this.#failed.size === 0) this.#attempt = 0;
  }

  /** The longer it takes, the less often. */
  #plan({ retryAfterMs }: Refusal): void {
    if (!this.#open) return;
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#again();
      },
      Math.max(AGAIN_MS, retryAfterMs ?? 0) + backOff(this.#attempt++, Infinity),
    );
  }

  #again(): void {
    for (const ask of this.#failed.values()) void ask();
  }

  async #load(conversationId: ConversationId, errand: Errand): Promise<void> {
    const view = this.#conversations.timeline(conversationId);
    if (errand(view.log) === null) {
      if (view.timeline().failure) this.#show(view, false, null);
      return;
    }
    this.#show(view, true, null);
    try {
      const fits = (await this.#take(view, errand)) || (await this.#afterSync(view, errand));
      if (!fits) throw garbled('history');
      this.#show(view, false, null);
    } catch (fault) {
      this.#show(view, false, asRefusalError(fault));
    }
  }

  async #take({ log }: TimelineView, errand: Errand): Promise<boolean> {
    const wanted = errand(log);
    if (!wanted) return true;
    const page = await this.#road.page(log.conversationId, wanted.query);
    const fits = wanted.take(page);
    if (fits) this.#road.took(log.conversationId, page);
    return fits;
  }

  /** The page was of another epoch: the log went back in time, or is about to be known to. */
  async #afterSync(view: TimelineView, errand: Errand): Promise<boolean> {
    await this.#road.catchUp();
    return this.#take(view, errand);
  }

  #show(view: TimelineView, loading: boolean, error: ReturnType<typeof asRefusalError> | null): void {
    view.setLoading(loading, error?.refusal ?? null);
    this.#road.loading(view.log.conversationId);
  }
}

const isEmpty = ({ first, complete }: TimelineLog): boolean => first > complete;

const olderPage: Errand = (log) => {
  const { epoch, first } = log;
  if (epoch !== null && first <= 1) return null;
  const query = { limit: PAGE, ...(epoch !== null && { before: first, epoch }) };
  return { query, take: (page) => log.takePage(page) };
};

function pageAt(place: PastPlace): Errand {
  return (log) => {
    const { wanted, query } = askFor(place, log.head);
    if (wanted < 1 || wanted > log.head || log.holds(wanted)) return null;
    return { query: { limit: PAGE, ...query }, take: (page) => log.takePart(page) };
  };
}

/** @returns the seq that is to be held afterwards, and the query for its page. */
function askFor(place: PastPlace, head: number): { wanted: number; query: Query } {
  if ('before' in place) return { wanted: place.before - 1, query: { before: place.before } };
  if ('after' in place) return { wanted: place.after + 1, query: { after: place.after } };
  const wanted = Math.min(place.around, head);
  return { wanted, query: { after: Math.max(0, wanted - 1 - PAGE / 2) } };
}
