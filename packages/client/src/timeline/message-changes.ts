import {
  applyChange,
  mergeStates,
  overlayState,
  untouched,
  type MessageChange,
  type MessageOverlay,
  type MessageState,
} from '@parley/events';

/**
 * What later events made of the messages of one conversation, whether those messages are held or not. Events and page
 * overlays may overlap and come in any order.
 */
export class MessageChanges {
  readonly #states = new Map<number, MessageState>();
  readonly #events: MessageChange[] = [];
  readonly #pages = new Map<number, MessageState>();

  /** @returns the seq of the changed message. */
  apply(event: MessageChange): number {
    this.#events.push(event);
    return this.#fold(event);
  }

  mergePage(overlay: MessageOverlay): void {
    const state = overlayState(overlay);
    this.#pages.set(overlay.seq, mergeStates(this.#pages.get(overlay.seq) ?? untouched, state));
    this.#states.set(overlay.seq, mergeStates(this.of(overlay.seq), state));
  }

  of(seq: number): MessageState {
    return this.#states.get(seq) ?? untouched;
  }

  /**
   * Forgets every change beyond `shared`.
   * @returns false when that can't be told any more: a page's overlay says only what came last, not what was before.
   */
  dropBeyond(shared: number): boolean {
    const kept = this.#events.filter((event) => event.seq <= shared);
    const clear = [...this.#pages.values()].every((state) => newest(state) <= shared);
    const pages = clear ? [...this.#pages] : [];
    this.clear();
    for (const [seq, state] of pages) this.#restore(seq, state);
    for (const event of kept) this.apply(event);
    return clear;
  }

  clear(): void {
    this.#states.clear();
    this.#pages.clear();
    this.#events.length = 0;
  }

  #restore(seq: number, state: MessageState): void {
    this.#pages.set(seq, state);
    this.#states.set(seq, state);
  }

  #fold(event: MessageChange): number {
    const { seq } = event.body.target;
    this.#states.set(seq, applyChange(this.of(seq), event));
    return seq;
  }
}

/** @returns the seq of the newest change in a state. */
function newest(state: MessageState): number {
  return Math.max(state.edit?.seq ?? 0, state.deleted?.seq ?? 0, ...state.reactions.map((reaction) => reaction.seq));
}
