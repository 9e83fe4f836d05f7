import type { TimelineItem } from '@parley/client';
import type { OpenConversation } from './open-conversation.svelte.ts';
import { isUnread } from './timeline-rows.ts';

/** Where what is unread begins, as far as it is held. */
export class FirstUnread {
  readonly #conversation: OpenConversation;

  constructor(conversation: OpenConversation) {
    this.#conversation = conversation;
  }

  /** Whether the first after the read mark is held. */
  get isHeld(): boolean {
    const { unread, timeline } = this.#conversation;
    if (unread === null) return false;
    return timeline.parts.some(({ first, last }) => first <= unread.after + 1 && last > unread.after);
  }

  /** The first unread message that is held. */
  get item(): TimelineItem | undefined {
    const { unread, timeline } = this.#conversation;
    return unread ? timeline.items.find((item) => isUnread(item, unread)) : undefined;
  }

  /** When it was sent; null while that is not known. */
  get since(): number | null {
    const { item } = this;
    return this.isHeld && item?.kind === 'message' ? item.message.at : this.#conversation.unreadSince;
  }
}
