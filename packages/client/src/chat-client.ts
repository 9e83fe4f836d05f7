import type {
  Command,
  CommandId,
  ConversationId,
  ConversationView,
  Epoch,
  HttpReplyOf,
  HttpRequestOf,
  HttpRouteName,
  Mark,
  MemberRole,
  MessageContent,
  MessageState,
  ParleyEvent,
  Refusal,
  Session,
  User,
  UserId,
} from '@parley/events';
import type { Snapshot } from './snapshot-form.ts';

/**
 * The connection as a person should see it. `retryAt` is a local time in milliseconds. `outdated`: the server wants a newer
 * client; the session itself goes on with that one.
 */
export type ConnectionState =
  | { readonly state: 'connecting'; readonly since: number }
  | { readonly state: 'online' }
  | { readonly state: 'waiting'; readonly since: number; readonly retryAt: number; readonly cause: string }
  | { readonly state: 'offline'; readonly since: number }
  | { readonly state: 'signed-out'; readonly cause: string; readonly outdated?: true };

/** `queued`: no attempt yet. `sending`: undecided. `failed`: refused for good, with the reason. */
export type SendState =
  { readonly state: 'queued' | 'sending' | 'sent' } | { readonly state: 'failed'; readonly refusal: Refusal };

/** A message as a timeline shows it: the stored one, or my own on its way there. Never both. */
export interface TimelineMessage {
  readonly key: string;
  readonly commandId: CommandId;
  readonly seq: number | null;
  readonly epoch: Epoch | null;
  readonly userId: UserId;
  readonly at: number;
  readonly content: MessageContent;
  readonly changes: MessageState;
  readonly send: SendState;
}

/**
 * One row of a timeline, in order. `gap`: seqs that are missing and being fetched, that nobody loaded yet (`unloaded`),
 * or that can't be shown (`withheld`): others may see them and I may not, or, where it is `unreadable`, they are here and
 * were `erased` for all, or have a form that this build does not know (`unknown`): a newer one may.
 */
export type TimelineItem =
  | { readonly kind: 'message'; readonly message: TimelineMessage }
  | { readonly kind: 'notice'; readonly key: string; readonly event: ParleyEvent }
  | {
      readonly kind: 'gap';
      readonly key: string;
      readonly from: number;
      readonly to: number;
      readonly withheld: boolean;
      readonly unloaded?: true;
      readonly unreadable?: 'erased' | 'unknown';
    };

/** Seqs of which a client misses none, both ends included. */
export interface HeldRun {
  readonly first: number;
  readonly last: number;
}

/** A place in the past: around a message, or at the edge of a gap. */
export type PastPlace = { readonly around: number } | { readonly before: number } | { readonly after: number };

/**
 * What a client holds of one conversation. `items` is a new array after every change. `held`: it holds each of these seqs
 * and goes on behind them; null while it holds nothing. `complete`: where new ones go on; `first`: where older ones do.
 * These are the ends of `held`, and with nothing held just a place: what lies before it is loaded when somebody looks.
 * `parts`: `held`, and before it the parts of the past that were loaded apart; in `items` a gap stands between them.
 * `atStart`: the first of all is held.
 */
export interface Timeline {
  readonly conversationId: ConversationId;
  readonly items: readonly TimelineItem[];
  readonly held: HeldRun | null;
  readonly first: number;
  readonly complete: number;
  readonly head: number;
  readonly parts: readonly HeldRun[];
  readonly atStart: boolean;
  readonly loading: boolean;
  readonly failure: Refusal | null;
}

/** A row of the conversation list, kept live. */
export interface ConversationRow extends ConversationView {
  readonly marks: readonly Mark[];
}

export type Unsubscribe = () => void;

/** A message to change: a held one by its seq, or an own one on its way by its command. */
export type MessageTarget = number | CommandId;

/** An own command that was refused for good. `target`: who sent the message that it was to change, and as which command. */
export interface FailedCommand {
  readonly command: Command;
  readonly refusal: Refusal;
  readonly target?: { readonly userId: UserId; readonly commandId: CommandId };
}

/** A headless chat of one signed-in person. Changes are announced; read the state when told. */
export interface ChatClient {
  readonly session: Session;
  readonly connection: ConnectionState;
  /** Newest first. */
  readonly conversations: readonly ConversationRow[];
  /**
   * Whether the server has said what `conversations` are. Until then they are what an earlier visit held, and one that is
   * not among them may exist all the same. Announced as `conversations`.
   */
  readonly listed: boolean;
  readonly users: ReadonlyMap<UserId, User>;
  readonly online: ReadonlySet<UserId>;
  /** Own commands that are not yet in the log. */
  readonly waiting: number;
  /** Own commands that were refused for good, until they are retried or discarded; changes are announced as `outbox`. */
  readonly failed: readonly FailedCommand[];

  /** Calls `listener` after anything of the topic changed; never synchronously inside another call. */
  on(topic: 'connection' | 'conversations' | 'users' | 'presence' | 'outbox', listener: () => void): Unsubscribe;
  onTimeline(conversationId: ConversationId, listener: (timeline: Timeline) => void): Unsubscribe;
  onTyping(conversationId: ConversationId, listener: (userIds: readonly UserId[]) => void): Unsubscribe;

  timeline(conversationId: ConversationId): Timeline;
  /** @returns who types there now, longest first; `onTyping` tells of changes. Never oneself. */
  typists(conversationId: ConversationId): readonly UserId[];
  /** Loads the newest page if nothing is held yet; then a page before `first`. Resolves also when that fails. */
  loadOlder(conversationId: ConversationId): Promise<void>;
  /** Loads a page of the past, and the newest one before if nothing is held yet. Resolves also when that fails. */
  loadPast(conversationId: ConversationId, place: PastPlace): Promise<void>;

  /** @returns what is held now, to begin with at the next visit if the server can't be reached then. */
  snapshot(): Snapshot;

  /** Queues a message; the returned id names it in the timeline at once. */
  send(conversationId: ConversationId, content: MessageContent): Promise<CommandId>;
  edit(conversationId: ConversationId, message: MessageTarget, content: MessageContent): Promise<CommandId>;
  remove(conversationId: ConversationId, message: MessageTarget): Promise<CommandId>;
  react(conversationId: ConversationId, message: MessageTarget, emoji: string, on: boolean): Promise<CommandId>;
  /** A failed command once more, under a new id; asked for twice, or in two tabs, it goes once. */
  retry(commandId: CommandId): Promise<void>;
  /** Away with a command that failed or was never tried, and with changes of its message that wait for it. */
  discard(commandId: CommandId): Promise<void>;

  /** These wait for their receipt and reject with a `RefusalError`. */
  createDirect(userId: UserId): Promise<ConversationId>;
  createGroup(name: string | null, members: readonly UserId[]): Promise<ConversationId>;
  createChannel(name: string, visibility: 'public' | 'private', members: readonly UserId[]): Promise<ConversationId>;
  addMember(conversationId: ConversationId, userId: UserId): Promise<void>;
  removeMember(conversationId: ConversationId, userId: UserId): Promise<void>;
  /** Refusal `last_owner` when nobody would own the conversation any more. */
  changeRole(conversationId: ConversationId, userId: UserId, role: MemberRole): Promise<void>;
  join(conversationId: ConversationId): Promise<void>;
  /** Refusal `last_owner` for the only owner of a group or channel. */
  leave(conversationId: ConversationId): Promise<void>;

  markRead(conversationId: ConversationId, seq: number): void;
  setTyping(conversationId: ConversationId, typing: boolean): void;
  /**
   * Asks the server for people whose name or username holds `text`; `users` knows them from then on.
   * @returns the first ones by name. Rejects with a `RefusalError`.
   */
  findUsers(text: string): Promise<readonly User[]>;
  /**
   * Asks an HTTP route of the contract as this person: members, channels, invites, sign-out. `params` fill the path's
   * `:names`. Rejects with a `RefusalError`.
   */
  call<N extends HttpRouteName>(
    name: N,
    request: HttpRequestOf<N>,
    params?: Readonly<Record<string, string>>,
  ): Promise<HttpReplyOf<N>>;
  /** Tries to connect at once instead of waiting. */
  reconnect(): void;
  /** Ends the session at the server and closes the client. Closes it also when the server can't be reached. */
  signOut(): Promise<void>;
  /** Stops all work; the outbox keeps what waits. */
  close(): Promise<void>;
}
