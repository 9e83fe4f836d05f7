import {
  MOST_SEARCHED,
  type CommandId,
  type ConversationId,
  type HttpReplyOf,
  type HttpRequestOf,
  type HttpRouteName,
  type MemberRole,
  type MessageContent,
  type Session,
  type User,
  type UserId,
} from '@parley/events';
import type {
  ChatClient,
  ConnectionState,
  ConversationRow,
  FailedCommand,
  MessageTarget,
  PastPlace,
  Timeline,
  Unsubscribe,
} from './chat-client.ts';
import type { Wish } from './commands.ts';
import { Engine, type ClientParts } from './engine.ts';
import type { Snapshot } from './snapshot-form.ts';
import { snapshotOf } from './snapshot.ts';

type Topic = Parameters<ChatClient['on']>[0];

/** A person's chat: each call goes to the part that does the work. */
export class ParleyClient implements ChatClient {
  readonly #engine: Engine;

  constructor(parts: ClientParts) {
    this.#engine = new Engine(parts);
  }

  /** Takes in what the outbox and an earlier visit hold and begins to connect. */
  async start(snapshot?: Snapshot): Promise<this> {
    await this.#engine.start(snapshot);
    return this;
  }

  get session(): Session {
    return this.#engine.keeper.session;
  }
  get connection(): ConnectionState {
    return this.#engine.connection.state;
  }
  get conversations(): readonly ConversationRow[] {
    return this.#engine.conversations.rows;
  }
  get listed(): boolean {
    return this.#engine.listed;
  }
  get users(): ReadonlyMap<UserId, User> {
    return this.#engine.users.all;
  }
  get online(): ReadonlySet<UserId> {
    return this.#engine.presence.online;
  }
  get waiting(): number {
    return this.#engine.outbox.waiting;
  }
  get failed(): readonly FailedCommand[] {
    return this.#engine.outbox.failed.flatMap(({ command, refusal, target }) =>
      refusal ? { command, refusal, ...(target && { target }) } : [],
    );
  }

  snapshot(): Snapshot {
    return snapshotOf(this.#engine.conversations, this.#engine.users);
  }

  on(topic: Topic, listener: () => void): Unsubscribe {
    return this.#engine.notifier.on(topic, listener);
  }

  onTimeline(conversationId: ConversationId, listener: (timeline: Timeline) => void): Unsubscribe {
    return this.#engine.notifier.on(conversationId, () => listener(this.timeline(conversationId)));
  }

  onTyping(conversationId: ConversationId, listener: (userIds: readonly UserId[]) => void): Unsubscribe {
    return this.#engine.notifier.on(`typing ${conversationId}`, () => listener(this.typists(conversationId)));
  }

  timeline(conversationId: ConversationId): Timeline {
    return this.#engine.conversations.timeline(conversationId).timeline();
  }

  typists(conversationId: ConversationId): readonly UserId[] {
    return this.#engine.typing.typists(conversationId);
  }

  loadOlder(conversationId: ConversationId): Promise<void> {
    this.#engine.memberMarks.look(conversationId);
    return this.#engine.pages.loadOlder(conversationId);
  }

  loadPast(conversationId: ConversationId, place: PastPlace): Promise<void> {
    this.#engine.memberMarks.look(conversationId);
    return this.#engine.pages.loadPast(conversationId, place);
  }

  send(conversationId: ConversationId, content: MessageContent): Promise<CommandId> {
    return this.#engine.writing.send(conversationId, content);
  }

  edit(conversationId: ConversationId, message: MessageTarget, content: MessageContent): Promise<CommandId> {
    return this.#engine.writing.edit(conversationId, message, content);
  }

  remove(conversationId: ConversationId, message: MessageTarget): Promise<CommandId> {
    return this.#engine.writing.remove(conversationId, message);
  }

  react(conversationId: ConversationId, message: MessageTarget, emoji: string, on: boolean): Promise<CommandId> {
    return this.#engine.writing.react(conversationId, message, emoji, on);
  }

  retry(commandId: CommandId): Promise<void> {
    return this.#engine.outbox.retry(commandId);
  }

  discard(commandId: CommandId): Promise<void> {
    return this.#engine.outbox.discard(commandId);
  }

  createDirect(userId: UserId): Promise<ConversationId> {
    return this.#create({ type: 'conversation.create', kind: 'direct', with: userId });
  }

  createGroup(name: string | null, members: readonly UserId[]): Promise<ConversationId> {
    return this.#create({ type: 'conversation.create', kind: 'group', name, members: [...members] });
  }

  createChannel(name: string, visibility: 'public' | 'private', members: readonly UserId[]): Promise<ConversationId> {
    return this.#create({ type: 'conversation.create', kind: 'channel', name, visibility, members: [...members] });
  }

  async addMember(conversationId: ConversationId, userId: UserId): Promise<void> {
    await this.#engine.writing.settle({ type: 'member.add', conversationId, userId, role: 'member' });
  }

  async removeMember(conversationId: ConversationId, userId: UserId): Promise<void> {
    await this.#engine.writing.settle({ type: 'member.remove', conversationId, userId });
  }

  async changeRole(conversationId: ConversationId, userId: UserId, role: MemberRole): Promise<void> {
    await this.#engine.writing.settle({ type: 'member.change-role', conversationId, userId, role });
  }

  async join(conversationId: ConversationId): Promise<void> {
    await this.#engine.writing.settle({ type: 'conversation.join', conversationId });
    await this.#appear(conversationId);
  }

  async leave(conversationId: ConversationId): Promise<void> {
    await this.#engine.writing.settle({ type: 'conversation.leave', conversationId });
  }

  markRead(conversationId: ConversationId, seq: number): void {
    const { epoch, head } = this.#engine.conversations.timeline(conversationId).log;
    const reach = Math.min(seq, head);
    if (epoch === null || !this.#engine.conversations.raiseRead(conversationId, reach)) return;
    this.#engine.marks.read(conversationId, epoch, reach);
    this.#engine.notifier.tell('conversations');
  }

  setTyping(conversationId: ConversationId, typing: boolean): void {
    if (this.connection.state === 'online') this.#engine.typing.say(conversationId, typing);
  }

  async findUsers(text: string): Promise<readonly User[]> {
    const search = text.trim().slice(0, MOST_SEARCHED);
    const { users } = await this.#engine.keeper.call('users', { search, limit: 50 });
    this.#engine.users.learn(users);
    return users;
  }

  async call<N extends HttpRouteName>(
    name: N,
    request: HttpRequestOf<N>,
    params: Readonly<Record<string, string>> = {},
  ): Promise<HttpReplyOf<N>> {
    return this.#engine.keeper.call(name, request, params);
  }

  reconnect(): void {
    this.#engine.connection.reconnect();
  }

  async signOut(): Promise<void> {
    await this.#engine.flushMarks();
    await this.#engine.keeper.call('signOut', {}).catch(() => undefined);
    await this.#engine.close();
  }

  async #create(wish: Wish): Promise<ConversationId> {
    const { conversationId } = await this.#engine.writing.settle(wish);
    await this.#appear(conversationId);
    return conversationId;
  }

  /** The conversation is in the list before the caller goes on to it; if that fails, its events bring it. */
  async #appear(conversationId: ConversationId): Promise<void> {
    if (!this.#engine.conversations.isListed(conversationId)) await this.#engine.list.load().catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#engine.flushMarks();
    await this.#engine.close();
  }
}
