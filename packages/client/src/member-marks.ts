import type { ConversationId, Mark, MemberList } from '@parley/events';
import type { Conversations } from './conversations.ts';
import type { Users } from './users.ts';

/** How far the others are: fetched for the conversations that somebody looked at, then kept live. */
export class MemberMarks {
  readonly #conversations: Conversations;
  readonly #users: Users;
  readonly #fetch: (conversationId: ConversationId) => Promise<MemberList>;
  readonly #changed: () => void;
  readonly #looked = new Set<ConversationId>();

  constructor(
    conversations: Conversations,
    users: Users,
    fetch: (conversationId: ConversationId) => Promise<MemberList>,
    changed: () => void,
  ) {
    this.#conversations = conversations;
    this.#users = users;
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** Somebody looks at a conversation. */
  look(conversationId: ConversationId): void {
    if (!this.#looked.has(conversationId)) void this.#load(conversationId);
  }

  /** Marks that rose while there was no connection were not heard. */
  refresh(): void {
    for (const conversationId of this.#looked) void this.#load(conversationId);
  }

  take(marks: readonly Mark[]): void {
    this.#users.want(marks.map((mark) => mark.userId));
    for (const mark of marks) this.#conversations.takeMark(mark);
    this.#changed();
  }

  async #load(conversationId: ConversationId): Promise<void> {
    this.#looked.add(conversationId);
    const members = await this.#fetch(conversationId).catch(() => null);
    if (members) this.take(members.marks);
    else this.#looked.delete(conversationId);
  }
}
