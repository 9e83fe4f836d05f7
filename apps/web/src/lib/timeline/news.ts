import type { TimelineItem } from '@parley/client';
import type { UserId } from '@parley/events';
import { textOf } from './open-conversation.svelte.ts';
import { endOf, isUnread } from './timeline-rows.ts';

/** No more of a message is read out: whoever wants all of it goes there. */
const MOST_CHARS = 300;

type Message = Extract<TimelineItem, { kind: 'message' }>;

/** What others say while a conversation is open, for whoever hears it: told once, whatever is in view. */
export class News {
  readonly #me: UserId;
  #told: number;

  /** @param told the last seq that is no news. */
  constructor(me: UserId, told: number) {
    this.#me = me;
    this.#told = told;
  }

  /** @returns whether there is something to tell. */
  isThere(items: readonly TimelineItem[]): boolean {
    return this.#fresh(items).length > 0;
  }

  /** @returns who said what, or how many messages came, since the last time; '' if there is nothing any more. */
  tell(items: readonly TimelineItem[], nameOf: (userId: UserId) => string): string {
    const fresh = this.#fresh(items);
    const last = fresh.at(-1)?.message;
    if (!last) return '';
    this.#told = last.seq ?? this.#told;
    if (fresh.length > 1) return `${fresh.length} new messages`;
    const text = textOf(last);
    return `${nameOf(last.userId)}: ${text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text}`;
  }

  #fresh(items: readonly TimelineItem[]): Message[] {
    const from = items.findLastIndex((item) => endOf(item) <= this.#told) + 1;
    return items.slice(from).filter((item) => isUnread(item, { after: this.#told, me: this.#me }));
  }
}
