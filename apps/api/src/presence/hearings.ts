import type { ConversationId, UserId } from '@parley/events';
import { hearingVersions, heardConversations } from '@parley/events/log';
import type { Redis } from 'ioredis';

interface Hearing {
  /** Grows with each change of the conversations. */
  readonly version: string;
  readonly conversations: ReadonlySet<ConversationId>;
}

/** What somebody hears now and did not before, and the other way round. */
export interface Move {
  readonly gained: readonly ConversationId[];
  readonly left: readonly ConversationId[];
}

const NOTHING: ReadonlySet<ConversationId> = new Set();

/** Which conversations some people hear, and the other way round. Read anew only for those for whom it changed. */
export class Hearings {
  readonly #redis: Redis;
  readonly #directory: () => Promise<ConversationId | undefined>;
  readonly #of = new Map<UserId, Hearing>();
  readonly #in = new Map<ConversationId, Set<UserId>>();

  /** @param directory the workspace's directory, in which everybody is: no place to talk in, so it counts as none. */
  constructor(redis: Redis, directory: () => Promise<ConversationId | undefined>) {
    this.#redis = redis;
    this.#directory = directory;
  }

  /**
   * Brings it up to date for exactly these people.
   * @returns the moves of those who were among them before.
   * @throws whatever Redis or MongoDB answers.
   */
  async refresh(people: ReadonlySet<UserId>): Promise<Map<UserId, Move>> {
    for (const userId of this.#of.keys()) if (!people.has(userId)) this.#put(userId, undefined);
    const ids = [...people];
    const versions = await hearingVersions(this.#redis, ids);
    const changed = ids.flatMap((userId, at) => {
      const version = versions[at] ?? '';
      return this.#of.get(userId)?.version === version ? [] : [{ userId, version }];
    });
    const directory = await this.#directory();
    const heard = await Promise.all(changed.map(({ userId }) => heardConversations(this.#redis, userId)));
    const moves = changed.flatMap(({ userId, version }, at) => {
      const conversations = new Set(heard[at]?.filter((id) => id !== directory));
      const before = this.#of.get(userId)?.conversations;
      this.#put(userId, { version, conversations });
      return before ? [[userId, moveOf(before, conversations)] as const] : [];
    });
    return new Map(moves);
  }

  /** @returns the conversations that somebody hears; none for who is not among the people. */
  of(userId: UserId): ReadonlySet<ConversationId> {
    return this.#of.get(userId)?.conversations ?? NOTHING;
  }

  /** @returns the people in each of the conversations, the fewest first. */
  circles(conversations: readonly ConversationId[]): ReadonlySet<UserId>[] {
    const circles = conversations.flatMap((id) => this.#in.get(id) ?? []);
    return circles.sort((one, other) => one.size - other.size);
  }

  #put(userId: UserId, hearing: Hearing | undefined): void {
    for (const id of this.of(userId)) if (!hearing?.conversations.has(id)) this.#leave(id, userId);
    for (const id of hearing?.conversations ?? []) {
      const people = this.#in.get(id) ?? new Set<UserId>();
      this.#in.set(id, people.add(userId));
    }
    if (hearing) this.#of.set(userId, hearing);
    else this.#of.delete(userId);
  }

  #leave(id: ConversationId, userId: UserId): void {
    const people = this.#in.get(id);
    people?.delete(userId);
    if (people?.size === 0) this.#in.delete(id);
  }
}

function moveOf(before: ReadonlySet<ConversationId>, now: ReadonlySet<ConversationId>): Move {
  return { gained: [...now].filter((id) => !before.has(id)), left: [...before].filter((id) => !now.has(id)) };
}
