import type { ChannelList, HttpRequestOf } from '@parley/events';
import { refusalMessage } from '#lib/session/refusal-message.ts';

export type Channel = ChannelList['channels'][number];

/** A pause in typing after which the server is asked, in milliseconds. */
const PAUSE_MS = 250;

/** Public channels by name, found by the server and loaded page by page. The newest question counts. */
export class ChannelSearch {
  readonly #fetch: (request: HttpRequestOf<'channels'>) => Promise<ChannelList>;
  #list = $state.raw<readonly Channel[] | null>(null);
  #next = $state.raw<string | null>(null);
  #problem = $state('');
  #search = '';
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

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
    return this.#problem;
  }

  /** Looks for channels whose names hold a text, when it has stood for a moment. */
  find(search: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#search = search.trim();
      void this.again();
    }, PAUSE_MS);
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
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  async #load(after: string | null): Promise<void> {
    const question = ++this.#asked;
    this.#problem = '';
    const request = { ...(this.#search && { search: this.#search }), ...(after !== null && { after }) };
    try {
      const { channels, next } = await this.#fetch(request);
      if (question !== this.#asked) return;
      this.#list = after === null ? channels : [...(this.#list ?? []), ...channels];
      this.#next = next;
    } catch (fault) {
      if (question === this.#asked) this.#problem = refusalMessage(fault);
    }
  }
}
