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
import type { TimelineItem, TimelineMessage } from '../chat-client.ts';
import { EarlyRuns } from './early-runs.ts';
import { appendItem, indexOfSeq, joinItems, seqOf, withoutBeyond } from './items.ts';
import { MessageChanges } from './message-changes.ts';
import { readEvent } from './read-event.ts';
import { beyond, runsOf, type Run } from './run.ts';

/** What became of live events: taken; taken but something is missing before them; of a history that is not held. */
export type Taken = 'complete' | 'behind' | 'other-epoch';

/**
 * The stored part of one conversation as this client holds it: every seq from `first` to `complete` in one epoch, each
 * applied once, whatever the order, the number of copies and the road (live, sync, page) they come by.
 */
export class TimelineLog {
  readonly conversationId: ConversationId;
  readonly #me: UserId;
  readonly #changes = new MessageChanges();
  readonly #early = new EarlyRuns();
  /** Own messages held, by command: these are what pending ones become. */
  readonly #own = new Map<CommandId, number>();
  /** Stored messages as they came, by seq. */
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
  /** Messages, notices and withheld runs in seq order. Not to be changed or kept by the caller. */
  get items(): readonly TimelineItem[] {
    return this.#items;
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
    const runs = runsOf(page.events, page.withheld).filter((run) => run.from < this.#first);
    const events = runs.map((run) => (run.event ? readEvent(run.event) : null));
    for (const event of events) if (event && isMessageChange(event)) this.#changes.apply(event);
    for (const overlay of page.overlays) this.#changes.mergePage(overlay);
    this.#prepend(runs, events);
    this.#first = Math.min(this.#first, Math.max(page.first, 1));
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

  #prepend(runs: readonly Run[], events: readonly (ParleyEvent | null)[]): void {
    const older: TimelineItem[] = [];
    runs.forEach((run, at) => appendItem(older, this.#itemOf(run, events[at] ?? null)));
    this.#items = joinItems(older, this.#items);
  }

  /** A change has no row of its own; nor has an unknown event. A message that can't be read is a withheld run. */
  #itemOf(run: Run, event: ParleyEvent | null): TimelineItem | null {
    if (event === null) return run.event === null || run.event.type === 'message.sent' ? withheld(run) : null;
    if (isMessageChange(event)) return null;
    if (event.type !== 'message.sent') return { kind: 'notice', key: `n${event.seq}`, event };
    if (event.actor.userId === this.#me) this.#own.set(event.commandId, event.seq);
    if (run.event) this.#sent.set(event.seq, run.event);
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
    const at = indexOfSeq(this.#items, seq);
    const item = this.#items[at];
    if (item?.kind === 'message')
      this.#items[at] = { kind: 'message', message: { ...item.message, changes: this.#changes.of(seq) } };
  }

  #drop(shared: number): void {
    const clear = this.#changes.dropBeyond(shared);
    if (!clear || shared < this.#first) {
      this.#empty(Math.min(shared, this.#complete));
      return;
    }
    this.#complete = Math.min(this.#complete, shared);
    this.#items = withoutBeyond(this.#items, shared).map((item) => this.#renewed(item));
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
    this.#own.clear();
    this.#sent.clear();
    this.#changes.clear();
    this.#first = seq + 1;
    this.#complete = seq;
    this.#head = seq;
  }
}

const withheld = (run: Run): TimelineItem => ({
  kind: 'gap',
  key: `w${run.from}`,
  from: run.from,
  to: run.to,
  withheld: true,
});
