import { tick } from 'svelte';
import type { OpenConversation } from './open-conversation.svelte.ts';
import { isUnread, keyOf, rowsOf, type Row } from './timeline-rows.ts';
import { TimelineScroll } from './timeline-scroll.svelte.ts';
import { stepDown, stepUp, windowAround, windowRange, type Range } from './timeline-window.ts';

/** Distance in pixels from an edge of the page at which more rows are brought in. */
const NEAR_PX = 800;
/** How many pages a jump to the first unread message may fetch, and the opening of a conversation. */
const MOST_PAGES = 20;
const FIRST_PAGES = 4;

/** What of a conversation's timeline is in the page, and where one is in it. */
export class TimelinePane {
  readonly scroll = new TimelineScroll();
  readonly #conversation: OpenConversation;
  #first = $state<string | null>(null);
  /** The highest seq that was on the screen. */
  #seen = $state(0);
  #landed = false;
  /** Pages fetched before landing. */
  #fetched = 0;
  /** On the way to a row: nothing is to move the window meanwhile. */
  #moving = false;
  #unreadPlace = $state<'above' | 'visible' | 'below' | null>(null);
  #jumped = $state(false);

  constructor(conversation: OpenConversation) {
    this.#conversation = conversation;
  }

  readonly #keys = $derived.by(() => this.#conversation.timeline.items.map(keyOf));
  readonly #range: Range = $derived.by(() => windowRange(this.#keys, this.#first));
  readonly rows: readonly Row[] = $derived.by(() => {
    const { items, complete } = this.#conversation.timeline;
    const { from, to } = this.#range;
    // The divider stands before the first unread message of all, not before the first that happens to be in the page.
    const unread = this.#holdsUnread && this.#firstUnread >= from ? this.#conversation.unread : null;
    return rowsOf(items.slice(from, to), complete, unread);
  });

  get #newest(): boolean {
    return this.#range.to === this.#keys.length;
  }

  /** Messages of others that came in below what is visible. */
  get below(): number {
    if (this.scroll.atEnd) return 0;
    const unread = { after: this.#seen, me: this.#conversation.chat.me.userId };
    return this.#conversation.timeline.items.filter((item) => isUnread(item, unread)).length;
  }

  /** Whether everything after the read mark is held. */
  get #holdsUnread(): boolean {
    const { unread, timeline } = this.#conversation;
    return unread !== null && (timeline.first <= unread.after + 1 || timeline.atStart);
  }

  /** The first unread message that is held; -1 when none is. */
  get #firstUnread(): number {
    const { unread } = this.#conversation;
    return unread ? this.#conversation.timeline.items.findIndex((item) => isUnread(item, unread)) : -1;
  }

  /** How many messages were unread at the start and since when, as long as the divider is out of sight above. */
  get jump(): { readonly count: number; readonly since: number | null } | null {
    const { unread, unreadCount, timeline } = this.#conversation;
    if (!unread || this.#jumped || timeline.items.length === 0) return null;
    const inPage = this.rows.some((row) => row.kind === 'unread');
    if (inPage && this.#unreadPlace !== 'above') return null;
    const item = timeline.items[this.#firstUnread];
    const since = this.#holdsUnread && item?.kind === 'message' ? item.message.at : this.#conversation.unreadSince;
    return { count: unreadCount, since };
  }

  /** After each change of the rows: keep the place, land where to begin, fill the pane. */
  changed(): void {
    if (this.#landed || this.rows.length === 0) this.scroll.afterChange();
    else if (this.#mayFetchUnread()) void this.#fetchUnread();
    else this.#land();
    if (this.scroll.following && !this.#newest) this.#first = null;
    this.looked();
    this.#extend();
  }

  /** The person scrolled. */
  scrolled(): void {
    this.scroll.scrolled(this.#newest);
    if (this.scroll.following) this.#first = null;
    else this.#first ??= this.#keys[this.#range.from] ?? null;
    this.looked();
    this.#extend();
  }

  /** Marks as read what is on the screen, if somebody can be looking at it. */
  looked(): void {
    this.#unreadPlace = this.scroll.placeOf('unread');
    if (document.visibilityState !== 'visible' || !document.hasFocus() || !this.#landed) return;
    const seq = this.scroll.atEnd && this.#newest ? this.#conversation.timeline.complete : this.#lastSeenSeq();
    if (seq > this.#seen) this.#seen = seq;
    this.#conversation.markRead(seq);
  }

  /** Goes to the newest message and stays there. */
  async toEnd(): Promise<void> {
    this.scroll.follow();
    this.#first = null;
    await tick();
    this.scroll.follow();
    this.looked();
  }

  /** Goes to the first unread message, fetching as much as it takes. */
  async toUnread(): Promise<void> {
    const { unread } = this.#conversation;
    if (!unread) return;
    for (let page = 0; page < MOST_PAGES && this.#missesUnread(unread.after); page += 1) {
      await this.#conversation.loadOlder();
    }
    this.scroll.letGo();
    this.#moving = true;
    this.#first = windowAround(this.#keys, this.#firstUnread);
    await tick();
    this.scroll.toRow('unread');
    this.#moving = false;
    this.#jumped = true;
    this.looked();
  }

  /** Opens the editor of my last message here. @returns false when there is none. */
  editLast(): boolean {
    const mine = this.rows.findLast((row) => row.kind === 'message' && this.#conversation.mayEdit(row.message));
    if (mine?.kind !== 'message') return false;
    this.#conversation.beginEdit(mine.message);
    return true;
  }

  #missesUnread(after: number): boolean {
    const { first, atStart, failure } = this.#conversation.timeline;
    return first > after + 1 && !atStart && failure === null;
  }

  /** Some pages are worth waiting for, so that one begins to read where one left off. */
  #mayFetchUnread(): boolean {
    const { unread } = this.#conversation;
    return unread !== null && this.#fetched < FIRST_PAGES && this.#missesUnread(unread.after);
  }

  async #fetchUnread(): Promise<void> {
    this.scroll.toEnd();
    if (this.#conversation.timeline.loading) return;
    this.#fetched += 1;
    await this.#conversation.loadOlder();
  }

  #land(): void {
    const { unread, timeline } = this.#conversation;
    this.#landed = true;
    this.#seen = unread?.after ?? timeline.complete;
    if (!this.scroll.toRow('unread')) this.scroll.toEnd();
    this.scroll.scrolled(this.#newest);
    if (!this.scroll.following) this.#first = this.#keys[this.#range.from] ?? null;
  }

  #extend(): void {
    const scroller = this.scroll.element;
    const isLanding = !this.#landed && this.rows.length > 0;
    if (!scroller || this.#moving || isLanding) return;
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    if (scroller.scrollTop < NEAR_PX) this.#extendUp();
    else if (below < NEAR_PX && !this.#newest) this.#first = stepDown(this.#keys, this.#range);
  }

  #extendUp(): void {
    const { atStart, loading, failure } = this.#conversation.timeline;
    if (this.#range.from > 0) this.#first = stepUp(this.#keys, this.#range);
    else if (!atStart && !loading && failure === null) void this.#conversation.loadOlder();
  }

  #lastSeenSeq(): number {
    const key = this.scroll.lastVisible();
    const row = this.rows.find((known) => known.key === key);
    if (row?.kind === 'message') return row.message.seq ?? 0;
    return row?.kind === 'notice' ? row.event.seq : 0;
  }
}
