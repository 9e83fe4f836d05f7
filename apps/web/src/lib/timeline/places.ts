import type { ConversationId } from '@parley/events';
import { createContext } from 'svelte';
import type { Anchor } from './timeline-scroll.svelte.ts';

/** Where one stood in a conversation, and how much of it was unread then. */
interface Place {
  readonly at: Anchor;
  readonly unread: number;
}

/** Where one left each conversation, for as long as the app is open. */
export class Places {
  readonly #left = new Map<ConversationId, Place>();

  /** @param at the row in view; null at the end, which is where one lands anyway. */
  leave(id: ConversationId, at: Anchor | null, unread: number): void {
    if (at) this.#left.set(id, { at, unread });
    else this.#left.delete(id);
  }

  /**
   * @param unread how much is unread now: what came meanwhile leads there instead, for it is what one comes for.
   * @returns the row to go on with, or null.
   */
  back(id: ConversationId, unread: number): Anchor | null {
    const place = this.#left.get(id);
    return place && unread <= place.unread ? place.at : null;
  }
}

export const [usePlaces, providePlaces] = createContext<Places>();
