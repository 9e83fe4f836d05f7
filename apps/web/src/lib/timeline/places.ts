import type { ConversationRow } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { createContext } from 'svelte';
import type { Anchor } from './timeline-scroll.svelte.ts';

/** Where one stood in a conversation, and the newest message of it then. */
interface Place {
  readonly at: Anchor;
  readonly newest: number;
}

/** What the list says of a conversation, if it is in it. */
type Row = Pick<ConversationRow, 'unread' | 'last'> | undefined;

/** Where one left each conversation, for as long as the app is open. */
export class Places {
  readonly #left = new Map<ConversationId, Place>();

  /** @param at the row in view; null at the end, which is where one lands anyway. */
  leave(id: ConversationId, at: Anchor | null, row: Row): void {
    if (at) this.#left.set(id, { at, newest: newestOf(row) });
    else this.#left.delete(id);
  }

  /**
   * What came meanwhile and is unread leads there instead, for it is what one comes for. How many are unread does not
   * tell: what was unread at leaving may have been read on another device.
   * @returns the row to go on with, or null.
   */
  back(id: ConversationId, row: Row): Anchor | null {
    const place = this.#left.get(id);
    const isNews = row !== undefined && row.unread > 0 && newestOf(row) > (place?.newest ?? 0);
    return place && !isNews ? place.at : null;
  }
}

const newestOf = (row: Row): number => row?.last?.seq ?? 0;

export const [usePlaces, providePlaces] = createContext<Places>();
