import type { FirstMember, HistoryRule, MemberRole, VisibleInterval, Visibility } from '../contract/conversation.ts';
import type { ConversationKind } from '../contract/conversation.ts';
import type { Refusal } from '../contract/error.ts';
import type { Actor, EventType, WireEvent } from '../contract/event.ts';
import type { CommandId, ConversationId, Epoch, Partition, UserId } from '../contract/ids.ts';
import type { Receipt } from '../contract/receipt.ts';

/** What the append script checks and changes beside the log, in the same atomic step. */
export type AppendRule =
  | { rule: 'create'; kind: ConversationKind; visibility: Visibility; history: HistoryRule; members: FirstMember[] }
  /** Nobody may: all that there can be is the receipt of before. */
  | { rule: 'refuse' }
  /** The actor must be a member now, with at least this role. */
  | { rule: 'post'; role: MemberRole }
  /** The actor must be a member of a group or channel now; nobody gives a role above their own. */
  | { rule: 'add'; userId: UserId; role: MemberRole }
  /** The actor must be at least moderator and stronger than the one who is removed. */
  | { rule: 'remove'; userId: UserId }
  /** The actor must be an owner and the one it is about weaker, or the actor; one owner must be left. */
  | { rule: 'change-role'; userId: UserId; role: MemberRole }
  /** A public channel that the actor is not a member of. */
  | { rule: 'join' }
  /** Not by the last owner. */
  | { rule: 'leave' }
  /** The directory takes in a new user, who is the actor. */
  | { rule: 'register'; role: MemberRole };

/** One decided command on its way into the log. `body` is RFC 8785 text and a pure function of the command. */
export interface AppendRequest {
  readonly type: EventType;
  readonly v: number;
  readonly conversationId: ConversationId;
  readonly commandId: CommandId;
  readonly actor: Actor;
  readonly at: number;
  readonly body: string;
  readonly rule: AppendRule;
}

/**
 * `repeated`: the command was in the log already; the receipt is the first one's. `atRest`: everything before it in the
 * partition is archived, so that nobody is on the way to project it, and somebody has to be woken.
 */
export type AppendOutcome =
  | { readonly outcome: 'appended'; readonly receipt: Receipt; readonly atRest: boolean }
  | { readonly outcome: 'repeated'; readonly receipt: Receipt }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };

/** An entry of a partition's log. `body` is the stored RFC 8785 text, unparsed. `chain` only where it is archived. */
export interface LogEntry {
  readonly n: number;
  readonly v: number;
  readonly type: string;
  readonly conversationId: ConversationId;
  readonly seq: number;
  readonly at: number;
  readonly actor: Actor;
  readonly commandId: CommandId;
  readonly salt: Uint8Array;
  readonly body: string;
}

/** An entry that is not one of ours. Kept as it is: it is archived raw, never skipped. */
export interface UnreadableEntry {
  readonly n: number;
  readonly unreadable: string;
  readonly fields: Readonly<Record<string, Buffer>>;
}

/** What the write side knows of a conversation now. `unarchived` is the first seq that only the log holds. */
export interface ConversationHead {
  readonly conversationId: ConversationId;
  readonly kind: ConversationKind;
  readonly visibility: Visibility;
  readonly history: HistoryRule;
  readonly epoch: Epoch;
  readonly head: number;
  readonly unarchived: number;
}

/** What one user may do and see in a conversation now. `role` is null for who is not a member (any more). */
export interface Access {
  readonly conversation: ConversationHead;
  readonly role: MemberRole | null;
  readonly visible: readonly VisibleInterval[];
}

/** The log as the api uses it. Every method rejects with a `RefusalError` `unavailable` when the log Redis is away. */
export interface EventLog {
  /**
   * Appends one decided command: group commit with whatever else waits for its partition. Commands of one conversation,
   * user and device land in call order. Resolves only after the log has it on disk, or is certain to refuse it.
   * Refusals: `conflict` (another body under this id; already a member, or too often), `last_owner`, `not_found` (no such
   * conversation, or not allowed), `waiting`, `unavailable`, `log_full`, `invalid` (id from the future).
   */
  append(request: AppendRequest): Promise<AppendOutcome>;
  /** @returns what the user may do and see, in the order of the ids; undefined where there is no such conversation. */
  access(userId: UserId, conversationIds: readonly ConversationId[]): Promise<(Access | undefined)[]>;
  /** @returns the last seq that the history of `epoch` shares with the present one; 0 for an unknown epoch. */
  shared(conversationId: ConversationId, epoch: Epoch): Promise<number>;
  /** @returns the events `from`…`to` (both included) that are still in the log; those below `unarchived` are left out. */
  events(conversationId: ConversationId, from: number, to: number): Promise<WireEvent[]>;
  /**
   * @returns those of the archived events `from`…`to` that lie among the newest entries of their partition, in order.
   * For when the archive is out of reach: it looks through the entries.
   */
  window(conversationId: ConversationId, from: number, to: number): Promise<WireEvent[]>;
  /** @returns everyone who is a member now. */
  members(conversationId: ConversationId): Promise<{ userId: UserId; role: MemberRole; since: number }[]>;
  close(): Promise<void>;
}

/** What the log asks of the archive (MongoDB, on the primary). Implemented by packages/read-models. */
export interface Archive {
  /** @returns the first receipt of an archived command and its event's `type` and `body`, or null. */
  findReceipt(
    conversationId: ConversationId,
    userId: UserId,
    commandId: CommandId,
  ): Promise<{ receipt: Receipt; type: string; body: string } | null>;
  /**
   * @returns archived entries of a partition with n > `after`, in order, at most `count`; those that were archived raw
   * as they are, so that no n is missing.
   */
  entriesAfter(partition: Partition, after: number, count: number): Promise<(LogEntry | UnreadableEntry)[]>;
}

export interface LineageEntry {
  readonly epoch: Epoch;
  /** The last n before the epoch began. */
  readonly began: number;
}

/** The MongoDB side of opening an epoch. Implemented by packages/read-models. */
export interface Lineage {
  /**
   * In one transaction: inserts (partition, runId, epoch, began = max(lastN, archived n)) unless this run has an entry
   * already, and if it was inserted, raises the partition's fence and sets the checkpoint's epoch.
   * @returns the run's entry, all entries of the partition in order of age, and the archived n.
   */
  open(
    partition: Partition,
    runId: string,
    epoch: Epoch,
    lastN: number,
  ): Promise<{ current: LineageEntry; all: LineageEntry[]; archivedN: number }>;
}
