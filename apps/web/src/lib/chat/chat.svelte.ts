import type { ChatClient, ConnectionState, ConversationRow, FailedCommand } from '@parley/client';
import type { ConversationId, User, UserId } from '@parley/events';
import { createContext } from 'svelte';
import { createSubscriber } from 'svelte/reactivity';

/** The signed-in person's chat as reactive state: reading a property inside an effect or a template follows it. */
export class Chat {
  readonly client: ChatClient;
  readonly me: User;
  readonly #connection: () => void;
  readonly #conversations: () => void;
  readonly #users: () => void;
  readonly #presence: () => void;
  readonly #outbox: () => void;

  constructor(client: ChatClient) {
    this.client = client;
    this.me = client.session.user;
    this.#connection = createSubscriber((update) => client.on('connection', update));
    this.#conversations = createSubscriber((update) => client.on('conversations', update));
    this.#users = createSubscriber((update) => client.on('users', update));
    this.#presence = createSubscriber((update) => client.on('presence', update));
    this.#outbox = createSubscriber((update) => client.on('outbox', update));
  }

  get connection(): ConnectionState {
    this.#connection();
    return this.client.connection;
  }

  /** Newest first, without the workspace's directory, which is no place to talk. */
  get conversations(): readonly ConversationRow[] {
    this.#conversations();
    return this.client.conversations.filter((row) => row.kind !== 'directory');
  }

  /** Whether the server has said what the list is: until then one that is missing may exist all the same. */
  get listed(): boolean {
    this.#conversations();
    return this.client.listed;
  }

  conversation(id: ConversationId): ConversationRow | undefined {
    this.#conversations();
    return this.client.conversations.find((row) => row.conversationId === id);
  }

  /** Everyone in the workspace by name. */
  get people(): readonly User[] {
    this.#users();
    return [...this.client.users.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** @returns the name, or what to call somebody who is not known here (yet). */
  nameOf(userId: UserId): string {
    this.#users();
    return this.client.users.get(userId)?.name ?? 'Someone';
  }

  user(userId: UserId): User | undefined {
    this.#users();
    return this.client.users.get(userId);
  }

  isOnline(userId: UserId): boolean {
    this.#presence();
    return this.client.online.has(userId);
  }

  /** How many of my commands are not in the log yet. */
  get waiting(): number {
    this.#outbox();
    return this.client.waiting;
  }

  /** My commands that were refused for good. */
  get failed(): readonly FailedCommand[] {
    this.#outbox();
    return this.client.failed;
  }

  /** Unread messages of all conversations; 99 stands for more in each. */
  get unread(): number {
    return this.conversations.reduce((sum, row) => sum + Math.min(row.unread, 99), 0);
  }
}

export const [useChat, provideChat] = createContext<Chat>();
