import {
  isMessageChange,
  type CommandId,
  type ConversationId,
  type Epoch,
  type HistoryPage,
  type MessageState,
  type ParleyEvent,
  type UserId,
  type WireEvent,
} from '@parley/events';
import type { HeldRun, TimelineItem, TimelineMessage } from '../chat-client.ts';
import { EarlyRuns } from './early-runs.ts';
import { Islands } from './islands.ts';
import { appendItem, indexOfSeq, joinItems, seqOf, withoutBeyond } from './items.ts';
import { MessageChanges } from './message-changes.ts';
import { readEvent } from './read-event.ts';
import { beyond, runsOf, type Run } from './run.ts';

/** What became of live events: taken; taken but something is missing before them; of a history that is not held. */
export type Taken = 'complete' | 'behind' | 'other-epoch';

/**
 * The stored part of one conversation as this client holds it: every seq from `first` to `complete` in one epoch, each
 * applied once, whatever the order, the number of copies and the road (live, sync, page) they come by. Parts of the past
 * that somebody jumped to are held besides, until pages join them.
 */
export class TimelineLog {
  readonly conversationId: ConversationId;
  readonly #me: UserId;
  readonly #changes = new MessageChanges();
  readonly #early = new EarlyRuns();
  readonly #islands = new Islands();
  /** Own messages held, by command: these are what pending ones become. */
  readonly #own = new Map<CommandId, number>();
  /** Stored messages as they came, by seq; also those that can't be read, for a newer build may. */
  readonly #sent = new Map<number, WireEvent>();
  #items: TimelineItem[] = [];
  #epoch: Epoch | null = null;
  #first = 1;
  #complete = 0;
  #head = 0;

  constructor(conversationId: ConversationId, me: UserId) {
    this.conversationId = conversationId;
    this.#me = me;
  }

  /** Null until something said where this conversation stands. */
  get epoch(): Epoch | null {
    return this.#epoch;
  }
  get first(): number {
    return this.#first;
  }
  get complete(): number {
    return this.#complete;
  }
  /** The last seq known to exist. */
  get head(): number {
    return Math.max(this.#head, this.#early.last, this.#complete);
  }
  /** Messages, notices and withheld runs from `first` on, in seq order. Not to be changed or kept by the caller. */
  get items(): readonly TimelineItem[] {
    return this.#items;
  }
  /** `first` to `complete`, or null while nothing is held. */
  get held(): HeldRun | null {
    return this.#first > this.#complete ? null : { first: this.#first, last: this.#complete };
  }
  /** All runs of seqs that are held, in order; the last one is `held`. */
  get parts(): readonly HeldRun[] {
    const apart = this.#islands.parts.map(({ first, last }) => ({ first, last }));
    return this.held ? [...apart, this.held] : apart;
  }
  /** @returns a new list of all that is held, in seq order, with the gaps between the parts. */
  all(): TimelineItem[] {
    return this.#islands.itemsBefore(this.#first).concat(this.#items);
  }

  holds(seq: number): boolean {
    return this.parts.some(({ first, last }) => first <= seq && seq <= last);
  }

  /** @returns the held item that begins with a seq. */
  itemAt(seq: number): TimelineItem | undefined {
    const items = this.#itemsWith(seq);
    return items[indexOfSeq(items, seq)];
  }

  /** @returns a held message as it was stored. */
  sent(seq: number): WireEvent | undefined {
    return this.#sent.get(seq);
  }

  /** @returns what later events that are held made of a message, held or not. */
  changesOf(seq: number): MessageState {
    return this.#changes.of(seq);
  }

  isHeld(commandId: CommandId): boolean {
    return this.#own.has(commandId);
  }

  /** Says where the conversation stands now. Does nothing if that is known already. */
  begin(epoch: Epoch, head: number): void {
    if (this.#epoch !== null) return;
    this.#epoch = epoch;
    this.#empty(head);
    for (const runs of this.#early.foreignOf(epoch)) this.take(epoch, runs);
  }

  /** Tells that everything up to `head` exists in `epoch`. */
  reached(epoch: Epoch, head: number): void {
    if (epoch === this.#epoch) this.#head = Math.max(this.#head, head);
  }

  /** Takes events and withheld runs of live packets or sync pages. Runs are in seq order. */
  take(epoch: Epoch, runs: readonly Run[]): Taken {
    if (epoch !== this.#epoch) {
      this.#early.keepForeign(epoch, runs);
      return 'other-epoch';
    }
    for (const run of runs) this.#takeRun(run);
    if (this.#early.size > 0) this.#takeEarly();
    return this.#complete < this.head ? 'behind' : 'complete';
  }

  /** The log went back in time: drops what lies beyond `shared`, the last seq that both histories have. */
  changeEpoch(epoch: Epoch, shared: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#early.clearRuns();
    this.#drop(shared);
    this.#head = this.#complete;
    for (const runs of this.#early.foreignOf(epoch)) this.take(epoch, runs);
  }

  /**
   * Takes a page of history that ends where this client's part begins, or the first page at all.
   * @returns false if the page does not fit: another epoch, or a hole in between.
   */
  takePage(page: HistoryPage): boolean {
    if (this.#epoch === null) this.begin(page.epoch, page.last);
    if (page.epoch !== this.#epoch || page.last < this.#first - 1) return false;
    this.#prepend(this.#read(page, this.#first - 1));
    this.#first = Math.min(this.#first, Math.max(page.first, 1));
    for (let part = this.#islands.takeUpTo(this.#first); part; part = this.#islands.takeUpTo(this.#first)) {
      this.#prepend(part.items);
      this.#first = Math.min(this.#first, part.first);
    }
    return true;
  }

  /**
   * Takes a page of history from anywhere; what it does not reach stays apart from it.
   * @returns false for a page of another epoch.
   */
  takePart(page: HistoryPage): boolean {
    if (this.takePage(page)) return true;
    if (page.epoch !== this.#epoch) return false;
    const first = Math.max(page.first, 1);
    if (first <= page.last) this.#islands.add({ first, last: page.last, items: this.#read(page, page.last) });
    return true;
  }

  #takeRun(run: Run): void {
    const rest = beyond(run, this.#complete);
    if (!rest) return;
    if (rest.from > this.#complete + 1) this.#early.add(rest);
    else this.#append(rest);
  }

  #takeEarly(): void {
    for (let run = this.#early.next(this.#complete); run; run = this.#early.next(this.#complete)) this.#append(run);
  }

  #append(run: Run): void {
    this.#complete = run.to;
    const event = run.event && readEvent(run.event);
    if (event && isMessageChange(event)) this.#show(this.#changes.apply(event));
    else appendItem(this.#items, this.#itemOf(run, event));
  }

  /** @returns the items of a page up to `last`, with what is known of their changes. */
  #read(page: HistoryPage, last: number): TimelineItem[] {
    const runs = runsOf(page.events, page.withheld).filter((run) => run.from <= last);
    const events = runs.map((run) => (run.event ? readEvent(run.event) : null));
    for (const event of events) if (event && isMessageChange(event)) this.#changes.apply(event);
    for (const overlay of page.overlays) this.#changes.mergePage(overlay);
    const items: TimelineItem[] = [];
    runs.forEach((run, at) => appendItem(items, this.#itemOf(run, events[at] ?? null)));
    return items;
  }

  #prepend(older: TimelineItem[]): void {
    this.#items = joinItems(older, this.#items);
  }

  #itemsWith(seq: number): TimelineItem[] {
    return (seq < this.#first ? this.#islands.itemsWith(seq) : undefined) ?? this.#items;
  }

  /** A change has no row of its own; nor has an unknown event. A message that can't be read has one that says so. */
  #itemOf(run: Run, event: ParleyEvent | null): TimelineItem | null {
    if (run.event === null) return withheld(run);
    if (run.event.type === 'message.sent') this.#sent.set(run.from, run.event);
    if (event === null) return run.event.type === 'message.sent' ? unreadable(run, run.event) : null;
    if (isMessageChange(event)) return null;
    if (event.type !== 'message.sent') return { kind: 'notice', key: `n${event.seq}`, event };
    if (event.actor.userId === this.#me) this.#own.set(event.commandId, event.seq);
    return { kind: 'message', message: this.#messageOf(event) };
  }

  #messageOf(event: Extract<ParleyEvent, { type: 'message.sent' }>): TimelineMessage {
    const { userId } = event.actor;
    return {
      key: `${userId}:${event.commandId}`,
      commandId: event.commandId,
      seq: event.seq,
      epoch: this.#epoch,
      userId,
      at: event.at,
      content: event.body.content,
      changes: this.#changes.of(event.seq),
      send: { state: 'sent' },
    };
  }

  /** Shows the present state of a message, if it is held. */
  #show(seq: number): void {
    const items = this.#itemsWith(seq);
    const at = indexOfSeq(items, seq);
    const item = items[at];
    if (item?.kind === 'message')
      items[at] = { kind: 'message', message: { ...item.message, changes: this.#changes.of(seq) } };
  }

  #drop(shared: number): void {
    const clear = this.#changes.dropBeyond(shared);
    if (!clear || shared < this.#first) {
      this.#empty(Math.min(shared, this.#complete));
      return;
    }
    this.#complete = Math.min(this.#complete, shared);
    this.#items = withoutBeyond(this.#items, shared).map((item) => this.#renewed(item));
    this.#islands.renew((item) => this.#renewed(item));
    for (const [commandId, seq] of this.#own) if (seq > shared) this.#own.delete(commandId);
    for (const seq of this.#sent.keys()) if (seq > shared) this.#sent.delete(seq);
  }

  #renewed(item: TimelineItem): TimelineItem {
    if (item.kind !== 'message') return item;
    const changes = this.#changes.of(seqOf(item));
    return { kind: 'message', message: { ...item.message, epoch: this.#epoch, changes } };
  }

  /** Holds nothing and goes on after `seq`. */
  #empty(seq: number): void {
    this.#items = [];
    this.#islands.clear();
    this.#own.clear();
    this.#sent.clear();
    this.#changes.clear();
    this.#first = seq + 1;
    this.#complete = seq;
    this.#head = seq;
  }
}

const withheld = ({ from, to }: Run) => ({ kind: 'gap', key: `w${from}`, from, to, withheld: true }) as const;

const unreadable = (run: Run, { body }: WireEvent): TimelineItem => ({
  ...withheld(run),
  unreadable: body === undefined ? 'erased' : 'unknown',
});
