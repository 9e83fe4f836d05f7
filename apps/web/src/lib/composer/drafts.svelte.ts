import type { ConversationId, UserId } from '@parley/events';
import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

/**
 * What a person has typed and not sent, per conversation. Every change is in the browser's storage before the call
 * returns, so nothing has to be rescued when the page goes away. Text only: never tokens.
 */
export class Drafts {
  readonly #prefix: string;
  readonly #storage: Storage;
  readonly #entries = new SvelteMap<string, string>();

  constructor(userId: UserId, storage: Storage) {
    this.#prefix = `parley/drafts/${userId}/`;
    this.#storage = storage;
    for (let at = 0; at < storage.length; at += 1) this.#take(storage.key(at));
  }

  /** What another tab of this person wrote; called with the browser's `storage` event. */
  heard(event: StorageEvent): void {
    if (event.key?.startsWith(this.#prefix)) this.#take(event.key);
  }

  text(conversationId: ConversationId): string {
    return this.#entries.get(`text/${conversationId}`) ?? '';
  }

  setText(conversationId: ConversationId, text: string): void {
    this.#set(`text/${conversationId}`, text === '' ? null : text);
  }

  /** Takes a text back that could not be sent, before what was typed since. */
  putBack(conversationId: ConversationId, text: string): void {
    const draft = this.text(conversationId);
    this.setText(conversationId, draft === '' ? text : `${text}\n${draft}`);
  }

  /** The begun edit of a message, by the message's key in the timeline. */
  edit(conversationId: ConversationId, key: string): string | null {
    return this.#entries.get(`edit/${conversationId}/${key}`) ?? null;
  }

  setEdit(conversationId: ConversationId, key: string, text: string | null): void {
    this.#set(`edit/${conversationId}/${key}`, text);
  }

  /** Whether the list shows a pencil. */
  has(conversationId: ConversationId): boolean {
    if (this.text(conversationId).trim() !== '') return true;
    return [...this.#entries.keys()].some((name) => name.startsWith(`edit/${conversationId}/`));
  }

  #set(name: string, value: string | null): void {
    if (value === null) this.#entries.delete(name);
    else this.#entries.set(name, value);
    try {
      if (value === null) this.#storage.removeItem(this.#prefix + name);
      else this.#storage.setItem(this.#prefix + name, value);
    } catch {
      // Storage is full or blocked: the draft holds until the page is closed.
    }
  }

  #take(key: string | null): void {
    if (!key?.startsWith(this.#prefix)) return;
    const name = key.slice(this.#prefix.length);
    const value = this.#storage.getItem(key);
    if (value === null) this.#entries.delete(name);
    else this.#entries.set(name, value);
  }
}

export const [useDrafts, provideDrafts] = createContext<Drafts>();
