import { mergeStates, type ConversationId, type Refusal, type UserId } from '@parley/events';
import type { Timeline, TimelineItem } from '../chat-client.ts';
import { indexOfSeq, missingItem } from './items.ts';
import type { Pending, PendingChange, PendingMessage } from './pending.ts';
import { TimelineLog } from './timeline-log.ts';

/** One conversation as a screen shows it: what is stored, and after it what is on its way. Built when it is looked at. */
export class TimelineView {
  readonly log: TimelineLog;
  readonly #me: UserId;
  readonly #pending: () => Pending;
  #loading = false;
  #failure: Refusal | null = null;
  #built: Timeline | null = null;
  #items: readonly TimelineItem[] | null = null;

  /** @param pending asked whenever the view is built. */
  constructor(conversationId: ConversationId, me: UserId, pending: () => Pending) {
    this.log = new TimelineLog(conversationId, me);
    this.#me = me;
    this.#pending = pending;
  }

  get failure(): Refusal | null {
    return this.#failure;
  }

  /** To be called after anything changed in `log` or in what is pending. */
  changed(): void {
    this.#built = null;
    this.#items = null;
  }

  /** The items stay what they are: whoever shows them has nothing to do. */
  setLoading(loading: boolean, failure: Refusal | null): void {
    this.#loading = loading;
    this.#failure = failure;
    this.#built = null;
  }

  /** @returns the present timeline: the same object until something changes. */
  timeline(): Timeline {
    return (this.#built ??= this.#build());
  }

  #build(): Timeline {
    this.#items ??= this.#allItems();
    const { conversationId, epoch, held, parts, first, complete, head } = this.log;
    return {
      ...{ conversationId, items: this.#items, held, first, complete, head, parts },
      atStart: epoch !== null && (parts[0]?.first ?? first) <= 1,
      loading: this.#loading,
      failure: this.#failure,
    };
  }

  #allItems(): TimelineItem[] {
    const items = this.log.all();
    const { messages, changes } = this.#pending();
    for (const pending of changes) this.#change(items, pending);
    const { complete, head } = this.log;
    if (head > complete) items.push(missingItem('missing', complete + 1, head));
    for (const pending of messages) if (!this.#isStored(pending)) items.push(this.#pendingItem(pending));
    return items;
  }

  #change(items: TimelineItem[], pending: PendingChange): void {
    if (this.#isPast(pending)) return;
    const at = indexOfSeq(items, pending.target);
    const item = items[at];
    if (item?.kind !== 'message') return;
    const changes = mergeStates(item.message.changes, pending.change);
    items[at] = { kind: 'message', message: { ...item.message, changes } };
  }

  /** Whichever comes first, receipt or event: the message stands once. An acked one further back is history. */
  #isStored(pending: PendingMessage): boolean {
    return this.log.isHeld(pending.commandId) || this.#isPast(pending);
  }

  #isPast(pending: PendingMessage | PendingChange): boolean {
    const { place } = pending;
    return place !== null && place.epoch === this.log.epoch && place.seq <= this.log.complete;
  }

  #pendingItem(pending: PendingMessage): TimelineItem {
    const { commandId, content, send, place, at } = pending;
    return {
      kind: 'message',
      message: {
        key: `${this.#me}:${commandId}`,
        commandId,
        seq: place?.seq ?? null,
        epoch: place?.epoch ?? null,
        userId: this.#me,
        at: place?.at ?? at,
        content,
        changes: { edit: null, deleted: null, reactions: [] },
        send,
      },
    };
  }
}
