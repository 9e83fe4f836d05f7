import type { ChannelList, HttpRequestOf } from '@parley/events';
import { NewestQuestion } from './newest-question.svelte.ts';

export type Channel = ChannelList['channels'][number];

/** Public channels by name, found by the server and loaded page by page. */
export class ChannelSearch {
  readonly #fetch: (request: HttpRequestOf<'channels'>) => Promise<ChannelList>;
  #list = $state.raw<readonly Channel[] | null>(null);
  #next = $state.raw<string | null>(null);
  readonly #question = new NewestQuestion();
  #search = '';

  constructor(fetch: (request: HttpRequestOf<'channels'>) => Promise<ChannelList>) {
    this.#fetch = fetch;
  }

  /** Null until the first page is there. */
  get list(): readonly Channel[] | null {
    return this.#list;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  get problem(): string {
    return this.#question.problem;
  }

  /** Looks for channels whose names hold a text, when it has stood for a moment. */
  find(search: string): void {
    this.#question.soon(() => {
      this.#search = search.trim();
      return this.again();
    });
  }

  /** Loads the first page anew. */
  again(): Promise<void> {
    return this.#load(null);
  }

  /** Loads the next page behind what is there. */
  more(): Promise<void> {
    return this.#load(this.#next);
  }

  close(): void {
    this.#question.drop();
  }

  async #load(after: string | null): Promise<void> {
    const request = { ...(this.#search && { search: this.#search }), ...(after !== null && { after }) };
    const page = await this.#question.ask(() => this.#fetch(request));
    if (!page) return;
    const { channels, next } = page.answer;
    this.#list = after === null ? channels : [...(this.#list ?? []), ...channels];
    this.#next = next;
  }
}
