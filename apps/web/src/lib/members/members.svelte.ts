import type { ConversationId, MemberList, MemberRole, UserId } from '@parley/events';
import type { Chat } from '#lib/chat/chat.svelte.ts';
import { refusalMessage } from '#lib/session/refusal-message.ts';

/** Who belongs to a conversation, and changing that. */
export class Members {
  readonly #chat: Chat;
  readonly #id: ConversationId;
  #list = $state.raw<MemberList['members'] | null>(null);
  #problem = $state('');

  constructor(chat: Chat, id: ConversationId) {
    this.#chat = chat;
    this.#id = id;
  }

  /** By name; null until they are loaded. */
  get list(): MemberList['members'] | null {
    return (
      this.#list?.toSorted((a, b) => this.#chat.nameOf(a.userId).localeCompare(this.#chat.nameOf(b.userId))) ?? null
    );
  }

  get problem(): string {
    return this.#problem;
  }

  load(): Promise<void> {
    return this.#try(async () => {
      this.#list = (await this.#chat.client.call('members', {}, { conversationId: this.#id })).members;
    });
  }

  add(userIds: Iterable<UserId>): Promise<void> {
    return this.#try(async () => {
      for (const userId of userIds) await this.#chat.client.addMember(this.#id, userId);
      await this.load();
    });
  }

  remove(userId: UserId): Promise<void> {
    return this.#try(async () => {
      await this.#chat.client.removeMember(this.#id, userId);
      await this.load();
    });
  }

  changeRole(userId: UserId, role: MemberRole): Promise<void> {
    return this.#try(async () => {
      await this.#chat.client.changeRole(this.#id, userId, role);
      await this.load();
    });
  }

  /** @returns whether one is out now. */
  async leave(): Promise<boolean> {
    await this.#try(() => this.#chat.client.leave(this.#id));
    return this.#problem === '';
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.#problem = '';
    try {
      await work();
    } catch (fault) {
      this.#problem = refusalMessage(fault);
    }
  }
}
