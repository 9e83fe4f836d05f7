import type { ConversationList } from '@parley/events';

/** Wishes that come within this time lead to one request. */
const GATHER_MS = 300;
const AGAIN_MS = 1_000;
const AGAIN_LONGEST_MS = 60_000;

/** Loads the conversation list anew when only the server can say what changed: one request at a time. */
export class ListRefresh {
  readonly #fetch: () => Promise<ConversationList>;
  readonly #take: (list: ConversationList) => boolean;
  #again = AGAIN_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loading: Promise<void> | null = null;
  #closed = false;

  /** @param take @returns whether the list is whole: false when it lacks something that it will have soon. */
  constructor(fetch: () => Promise<ConversationList>, take: (list: ConversationList) => boolean) {
    this.#fetch = fetch;
    this.#take = take;
  }

  /** Loads now. A request under way may be too old to know what the caller asks for: the next one counts. */
  async load(): Promise<void> {
    while (this.#loading) await this.#loading.catch(() => undefined);
    this.#loading = this.#fetch()
      .then((list) => this.#taken(this.#take(list)))
      .finally(() => (this.#loading = null));
    return this.#loading;
  }

  /** Loads soon. */
  wish(): void {
    this.#plan(GATHER_MS);
  }

  #plan(delay: number): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.load().catch(() => this.#retry());
    }, delay);
  }

  /** The longer it takes, the less often. */
  #retry(): void {
    this.#plan(this.#again);
    this.#again = Math.min(this.#again * 2, AGAIN_LONGEST_MS);
  }

  #taken(isWhole: boolean): void {
    if (isWhole) this.#again = AGAIN_MS;
    else this.#retry();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
