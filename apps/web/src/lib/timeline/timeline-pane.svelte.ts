import type { TimelineItem } from '@parley/client';
import { tick } from 'svelte';
import { FirstUnread } from './first-unread.ts';
import { isLookedAt } from './looked-at.ts';
import type { OpenConversation } from './open-conversation.svelte.ts';
import type { Places } from './places.ts';
import { isUnread, keyOf, rowsOf, type Row } from './timeline-rows.ts';
import { TimelineScroll, type Anchor } from './timeline-scroll.svelte.ts';
import {
  isUnloaded,
  messageFrom,
  stepDown,
  stepUp,
  stretchWith,
  windowAround,
  windowRange,
  type Range,
  type Stretch,
} from './timeline-window.ts';

/** Distance in pixels from an edge of the page at which more rows are brought in. */
const NEAR_PX = 1_500;
/** How many pages the opening of a conversation may fetch. */
const FIRST_PAGES = 4;

/** What of a conversation's timeline is in the page, and where one is in it. */
export class TimelinePane {
  readonly scroll = new TimelineScroll();
  readonly #conversation: OpenConversation;
  readonly #firstUnread: FirstUnread;
  /** Where one left this conversation, as long as that is held. */
  readonly #place: Anchor | null;
  #first = $state<string | null>(null);
  /** The highest seq that was on the screen. */
  #seen = $state(0);
  #landed = false;
  /** Pages fetched before landing. */
  #fetched = 0;
  /** On the way to a row: nothing is to move the window meanwhile. */
  #moving = false;
  /** Rises with every way one goes: an older one ends where it is. */
  #ways = 0;
  #target = $state<string | null>(null);
  #unreadPlace = $state<'above' | 'visible' | 'below' | null>(null);
  #jumped = $state(false);
  /** Something came while nobody looked, and nobody has looked since. */
  #missed = false;

  constructor(conversation: OpenConversation, places: Places) {
    this.#conversation = conversation;
    this.#firstUnread = new FirstUnread(conversation);
    const place = places.back(conversation.id, conversation.row);
    this.#place = place && this.#showAround(place.key) ? place : null;
  }

  // The same list while only something is being loaded: then nothing of the page is looked at anew.
  readonly #items = $derived.by(() => this.#conversation.timeline.items);
  readonly #stretch: Stretch = $derived.by(() => stretchWith(this.#items, this.#first));
  readonly #keys = $derived.by(() => this.#stretch.items.map(keyOf));
  readonly #range: Range = $derived.by(() => windowRange(this.#keys, this.#first));
  readonly rows: readonly Row[] = $derived.by(() => {
    const { items } = this.#stretch;
    const { from, to } = this.#range;
    // The divider stands before the first unread message of all, not before the first that happens to be in the page.
    const { isHeld, item: firstUnread } = this.#firstUnread;
    const first = firstUnread ? items.indexOf(firstUnread) : -1;
    const unread = isHeld && first >= from ? this.#conversation.unread : null;
    return rowsOf(items.slice(from, to), this.#conversation.timeline.complete, unread);
  });

  get #newest(): boolean {
    return this.#range.to === this.#keys.length && this.#stretch.after === null;
  }

  /** Whether what comes after the last row has to be loaded. */
  get endsEarly(): boolean {
    return this.#stretch.after !== null && this.#range.to === this.#keys.length;
  }

  /** Messages of others that came in below what is visible. */
  get below(): number {
    if (this.scroll.atEnd) return 0;
    const unread = { after: this.#seen, me: this.#conversation.chat.me.userId };
    return this.#conversation.timeline.items.filter((item) => isUnread(item, unread)).length;
  }

  /** The key of the row to which one jumped, until one goes elsewhere. */
  get target(): string | null {
    return this.#target;
  }

  /** How many messages were unread at the start and since when, as long as the divider is out of sight above. */
  get jump(): { readonly count: number; readonly since: number | null } | null {
    const { unread, unreadCount, timeline } = this.#conversation;
    if (!unread || this.#jumped || timeline.items.length === 0) return null;
    const inPage = this.rows.some((row) => row.kind === 'unread');
    if (inPage && this.#unreadPlace !== 'above') return null;
    return { count: unreadCount, since: this.#firstUnread.since };
  }

  /** After each change of the rows: keep the place, land where to begin, fill the pane. */
  changed(): void {
    if (this.#moving && !this.#landed) return;
    if (this.#landed && !isLookedAt() && this.#conversation.missed()) [this.#missed, this.#jumped] = [true, false];
    // Who scrolls before that, away from the end, is where they want to be.
    if (!this.scroll.following && this.rows.length > 0) this.#begin(this.#conversation.timeline.complete);
    if (this.#landed || this.rows.length === 0) this.scroll.afterChange();
    else if (this.#mayFetchUnread()) void this.#fetchUnread();
    else this.#land();
    this.#stayAtUnread();
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

  /** What came while nobody looked is read from where it begins: there the view stays, instead of following the end. */
  #stayAtUnread(): void {
    if (!this.#missed || !this.scroll.following) return;
    if (this.scroll.placeOf('unread') === 'above') {
      this.scroll.toRow('unread');
      this.scroll.scrolled(this.#newest);
      this.#first ??= this.#keys[this.#range.from] ?? null;
    } else if (this.#firstUnread.isHeld && !this.rows.some((row) => row.kind === 'unread')) void this.toUnread();
  }

  /** Marks as read what is on the screen, if somebody can be looking at it. */
  looked(): void {
    this.#unreadPlace = this.scroll.placeOf('unread');
    if (!isLookedAt() || !this.#landed || this.#moving) return;
    this.#missed = false;
    const seq = this.scroll.atEnd && this.#newest ? this.#conversation.timeline.complete : this.#lastSeenSeq();
    if (seq > this.#seen) this.#seen = seq;
    this.#conversation.markRead(this.#seen);
  }

  /** Goes to the newest message and stays there. */
  async toEnd(): Promise<void> {
    this.#beginWay();
    this.#moving = false;
    this.#begin(this.#conversation.timeline.complete);
    this.scroll.follow();
    this.#first = null;
    await tick();
    this.scroll.follow();
    this.looked();
  }

  /** Goes to the first unread message, wherever it is. */
  async toUnread(): Promise<void> {
    const { unread } = this.#conversation;
    if (!unread) return;
    const came = await this.#arrive(unread.after + 1, () => this.#firstUnread.item, 'unread');
    // Where all of it was deleted meanwhile there is nowhere to go.
    this.#jumped = came !== undefined || this.#firstUnread.isHeld;
  }

  /** Goes to the message of a seq, or to the next one where that is none, marks it and gives it the focus. */
  async toSeq(seq: number): Promise<void> {
    const item = await this.#arrive(seq, () => messageFrom(this.#conversation.timeline.items, seq));
    if (!item) return;
    this.#target = keyOf(item);
    this.scroll.focusRow(this.#target);
  }

  #beginWay(): number {
    this.#target = null;
    return (this.#ways += 1);
  }

  /**
   * Loads what is around a seq and shows the item that is to be found then.
   * @param divider the row above it that is to be in view.
   * @returns the item; undefined when it could not be loaded, or when one went elsewhere meanwhile.
   */
  async #arrive(
    seq: number,
    find: () => TimelineItem | undefined,
    divider?: string,
  ): Promise<TimelineItem | undefined> {
    const way = this.#beginWay();
    this.#moving = true;
    await this.#conversation.loadPast({ around: seq });
    if (way !== this.#ways) return undefined;
    const item = find();
    if (!item || isUnloaded(item)) {
      this.#moving = false;
      if (!this.#landed) this.changed();
      return undefined;
    }
    this.scroll.letGo();
    this.#showAround(keyOf(item));
    await tick();
    this.#begin();
    this.scroll.toRow(divider ?? keyOf(item));
    this.#moving = false;
    this.scrolled();
    return item;
  }

  /** Brings a row and what stands around it into the page. @returns whether it is held. */
  #showAround(key: string): boolean {
    const keys = stretchWith(this.#conversation.timeline.items, key).items.map(keyOf);
    const at = keys.indexOf(key);
    if (at >= 0) this.#first = windowAround(keys, at);
    return at >= 0;
  }

  /** Opens the editor of my last message here. @returns false when there is none. */
  editLast(): boolean {
    const mine = this.rows.findLast((row) => row.kind === 'message' && this.#conversation.mayEdit(row.message));
    if (mine?.kind !== 'message') return false;
    this.#conversation.beginEdit(mine.message);
    return true;
  }

  /** Some pages are worth waiting for, so that one begins to read where one left off. */
  #mayFetchUnread(): boolean {
    const { unread, timeline } = this.#conversation;
    const misses = unread !== null && timeline.first > unread.after + 1 && !this.#firstUnread.isHeld;
    return misses && this.#place === null && timeline.failure === null && this.#fetched < FIRST_PAGES;
  }

  async #fetchUnread(): Promise<void> {
    this.scroll.toEnd();
    if (this.#conversation.timeline.loading) return;
    this.#fetched += 1;
    await this.#conversation.loadOlder();
  }

  /** From here on what is in view counts as seen, besides what was seen before. */
  #begin(seen = this.#conversation.unread?.after ?? this.#conversation.timeline.complete): void {
    if (this.#landed) return;
    this.#landed = true;
    this.#seen = seen;
  }

  #land(): void {
    this.#begin();
    const isBack = this.#place !== null && this.scroll.toPlace(this.#place);
    if (!isBack && !this.scroll.toRow('unread')) this.scroll.toEnd();
    this.scroll.scrolled(this.#newest);
    if (!this.scroll.following) this.#first = this.#keys[this.#range.from] ?? null;
  }

  #extend(): void {
    const scroller = this.scroll.element;
    const isLanding = !this.#landed && this.rows.length > 0;
    if (!scroller || this.#moving || isLanding) return;
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    if (scroller.scrollTop < NEAR_PX) this.#extendUp();
    if (below < NEAR_PX) this.#extendDown();
  }

  /** Loads what comes before the first held row of where one is; the newest where nothing is held. */
  async loadOlder(): Promise<void> {
    const { atStart, parts } = this.#conversation.timeline;
    const before = this.#stretch.before ?? (atStart ? null : (parts[0]?.first ?? 1));
    if (before !== null) await this.#conversation.loadPast({ before });
  }

  /** Loads what comes after the last held row of where one is, if it is not the newest. */
  async loadNewer(): Promise<void> {
    const { after } = this.#stretch;
    if (after !== null) await this.#conversation.loadPast({ after });
  }

  #extendUp(): void {
    if (this.#range.from > 0) this.#first = stepUp(this.#keys, this.#range);
    else if (this.#mayLoad) void this.loadOlder();
  }

  #extendDown(): void {
    if (this.#range.to < this.#keys.length) this.#first = stepDown(this.#keys, this.#range);
    else if (this.#mayLoad) void this.loadNewer();
  }

  get #mayLoad(): boolean {
    const { loading, failure } = this.#conversation.timeline;
    return !loading && failure === null;
  }

  #lastSeenSeq(): number {
    const key = this.scroll.lastVisible();
    const row = this.rows.find((known) => known.key === key);
    if (row?.kind === 'message') return row.message.seq ?? 0;
    return row?.kind === 'notice' ? row.event.seq : 0;
  }
}
