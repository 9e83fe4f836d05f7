import type { ConversationId, UserId } from '@parley/events';
import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

/**
 * What a person has typed and not sent, per conversation. Every change is in the browser's storage before the call
 * returns, so nothing has to be rescued when the page goes away. Text only: never tokens.
 */
export class Drafts {
  readonly #prefix: string;
  readonly #storage: Storage | null;
  readonly #entries = new SvelteMap<string, string>();
  /** Texts on their way into the outbox, by the entry they were taken from, in order. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- never shown
  readonly #leaving = new Map<string, readonly string[]>();

  /** @param storage null where the browser allows none: then drafts last as long as the page. */
  constructor(userId: UserId, storage: Storage | null) {
    this.#prefix = `parley/drafts/${userId}/`;
    this.#storage = storage;
    for (let at = 0; at < (storage?.length ?? 0); at += 1) this.#take(storage?.key(at) ?? null);
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

  /** Takes a text back into the field, before what stands there. */
  putBack(conversationId: ConversationId, text: string): void {
    const draft = this.text(conversationId);
    this.setText(conversationId, draft === '' ? text : `${text}\n${draft}`);
  }

  /**
   * Empties the field at once and hands its text over. The storage holds the text until that is done: a page that ends
   * meanwhile loses nothing. What could not be kept comes back into the field, before what was typed since.
   * @param keep resolves when the text is safe elsewhere; what it rejects with is passed on.
   */
  async handOver(conversationId: ConversationId, keep: (text: string) => Promise<void>): Promise<void> {
    const text = this.text(conversationId).trim();
    await this.#leave(`text/${conversationId}`, text, keep, () => this.putBack(conversationId, text));
  }

  /** The same for a begun edit; a newer edit of the same message stands before one that comes back. */
  async handOverEdit(
    conversationId: ConversationId,
    key: string,
    keep: (text: string) => Promise<void>,
  ): Promise<void> {
    const text = this.edit(conversationId, key)?.trim() ?? '';
    await this.#leave(`edit/${conversationId}/${key}`, text, keep, () => {
      this.setEdit(conversationId, key, this.edit(conversationId, key) ?? text);
    });
  }

  /** The begun edit of a message, by the message's key in the timeline. */
  edit(conversationId: ConversationId, key: string): string | null {
    return this.#entries.get(`edit/${conversationId}/${key}`) ?? null;
  }

  setEdit(conversationId: ConversationId, key: string, text: string | null): void {
    this.#set(`edit/${conversationId}/${key}`, text);
  }

  /** Takes an edit back that nobody holds any more. @returns false where another of that message is begun: it stays. */
  putBackEdit(conversationId: ConversationId, key: string, text: string): boolean {
    if ((this.edit(conversationId, key) ?? text) !== text) return false;
    this.setEdit(conversationId, key, text);
    return true;
  }

  /** Whether the list shows a pencil. */
  has(conversationId: ConversationId): boolean {
    if (this.text(conversationId).trim() !== '') return true;
    return [...this.#entries.keys()].some((name) => name.startsWith(`edit/${conversationId}/`));
  }

  async #leave(name: string, text: string, keep: (text: string) => Promise<void>, comeBack: () => void): Promise<void> {
    this.#leaving.set(name, [...(this.#leaving.get(name) ?? []), text]);
    this.#set(name, null);
    try {
      await keep(text);
      this.#left(name, text);
    } catch (fault) {
      this.#left(name, text);
      comeBack();
      throw fault;
    }
  }

  #left(name: string, text: string): void {
    const leaving = [...(this.#leaving.get(name) ?? [])];
    leaving.splice(leaving.indexOf(text), 1);
    if (leaving.length === 0) this.#leaving.delete(name);
    else this.#leaving.set(name, leaving);
    this.#store(name);
  }

  #set(name: string, value: string | null): void {
    if (value === null) this.#entries.delete(name);
    else this.#entries.set(name, value);
    this.#store(name);
  }

  #store(name: string): void {
    const value = this.#valueOf(name);
    try {
      if (value === null) this.#storage?.removeItem(this.#prefix + name);
      else this.#storage?.setItem(this.#prefix + name, value);
    } catch {
      // Storage is full or blocked: the draft holds until the page is closed.
    }
  }

  /** What a page that comes later has to find: messages that leave and the draft behind them; of an edit the newest. */
  #valueOf(name: string): string | null {
    const entry = this.#entries.get(name);
    const texts = [...(this.#leaving.get(name) ?? []), ...(entry === undefined ? [] : [entry])];
    if (texts.length === 0) return null;
    return name.startsWith('edit/') ? (texts.at(-1) ?? null) : texts.join('\n');
  }

  #take(key: string | null): void {
    if (!key?.startsWith(this.#prefix)) return;
    const name = key.slice(this.#prefix.length);
    const value = this.#storage?.getItem(key) ?? null;
    if (value === null) this.#entries.delete(name);
    else this.#entries.set(name, value);
  }
}

export const [useDrafts, provideDrafts] = createContext<Drafts>();
