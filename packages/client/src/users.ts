import type { User, UserId, UserList } from '@parley/events';

/** So many ids fit into one request. */
const BATCH = 150;
const AGAIN_MS = 5_000;

/** Names of people, asked for when an id is first seen, many at a time. */
export class Users {
  readonly #fetch: (ids: readonly UserId[]) => Promise<UserList>;
  readonly #changed: () => void;
  #known: ReadonlyMap<UserId, User> = new Map();
  readonly #asked = new Set<UserId>();
  readonly #wanted = new Set<UserId>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #knowsFirst = false;
  #closed = false;

  constructor(fetch: (ids: readonly UserId[]) => Promise<UserList>, changed: () => void) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** A new map after every change. */
  get all(): ReadonlyMap<UserId, User> {
    return this.#known;
  }

  /** Takes people in that are known from elsewhere. */
  learn(users: readonly User[]): void {
    if (users.length === 0) return;
    this.#known = new Map([...this.#known, ...users.map((user) => [user.userId, user] as const)]);
    for (const user of users) this.#asked.add(user.userId);
    this.#changed();
  }

  /**
   * The first people of the workspace, so that there is somebody to choose from; others by search or on demand. Once is
   * enough: whoever comes back need not ask again.
   */
  async learnFirst(fetch: () => Promise<UserList>): Promise<void> {
    if (this.#knowsFirst) return;
    const page = await fetch().catch(() => null);
    if (!page) return;
    this.#knowsFirst = true;
    this.learn(page.users);
  }

  /** Notes that somebody is to be shown. */
  want(ids: Iterable<UserId>): void {
    for (const id of ids) if (!this.#asked.has(id)) this.#wanted.add(id);
    if (this.#wanted.size > 0) this.#plan(0);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #plan(delay: number): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => void this.#ask(), delay);
  }

  async #ask(): Promise<void> {
    const ids = [...this.#wanted].slice(0, BATCH);
    for (const id of ids) this.#move(id, this.#wanted, this.#asked);
    let delay = 0;
    try {
      this.learn((await this.#fetch(ids)).users);
    } catch {
      for (const id of ids) this.#move(id, this.#asked, this.#wanted);
      delay = AGAIN_MS;
    }
    this.#timer = undefined;
    if (this.#wanted.size > 0) this.#plan(delay);
  }

  #move(id: UserId, from: Set<UserId>, to: Set<UserId>): void {
    from.delete(id);
    to.add(id);
  }
}
