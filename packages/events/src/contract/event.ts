import { MessageContent, ReactionContent } from './content.ts';
import { ConversationKind, FirstMember, HistoryRule, MemberRole, Visibility } from './conversation.ts';
import { CommandId, ConversationId, DeviceId, Position, Seq, Timestamp, UserId } from './ids.ts';
import { Line } from './content.ts';
import { z } from './z.ts';

/** Who did it, and with which device. Set by the server from the verified session. */
export const Actor = z.strictObject({ userId: UserId, deviceId: DeviceId });
export type Actor = z.infer<typeof Actor>;

/**
 * Always the first event of its conversation. A direct conversation has two members, `history: all`,
 * `visibility: private` and no name; one with oneself has one member.
 */
const ConversationCreated = z.strictObject({
  kind: ConversationKind,
  name: Line.nullable(),
  visibility: Visibility,
  history: HistoryRule,
  members: z.array(FirstMember).min(1).max(200),
});

/** The member sees the conversation from this event on (`history: joined`) or all of it (`all`). */
const MemberAdded = z.strictObject({ userId: UserId, role: MemberRole });
/** The member sees nothing after this event, which is the last it sees. */
const MemberRemoved = z.strictObject({ userId: UserId });
/** The member has this role from here on. An owner did it; a group or channel always has one. */
const MemberRoleChanged = z.strictObject({ userId: UserId, role: MemberRole });
/** The actor joined a public channel by choice. */
const MemberJoined = z.strictObject({});
/** The actor left; sees nothing after this event. */
const MemberLeft = z.strictObject({});

const MessageSent = z.strictObject({ content: MessageContent });
/** Only by the author. The edit with the highest seq is the one that holds. */
const MessageEdited = z.strictObject({ target: Position, content: MessageContent });
/** By the author or a moderator. Nothing brings a deleted message back. */
const MessageDeleted = z.strictObject({ target: Position });
/** One reaction per (message, user, reaction key): the highest seq says whether it stands. */
const ReactionAdded = z.strictObject({ target: Position, reaction: ReactionContent });
const ReactionRemoved = z.strictObject({ target: Position, reaction: ReactionContent });

/** In the workspace's directory conversation: somebody exists from here on. Names are not in the log. */
const UserRegistered = z.strictObject({ userId: UserId, role: z.enum(['admin', 'member']) });

/** Body schema of the newest version of each event type. Older stored versions are upcast when read. */
export const eventBodies = {
  'conversation.created': ConversationCreated,
  'member.added': MemberAdded,
  'member.removed': MemberRemoved,
  'member.role-changed': MemberRoleChanged,
  'member.joined': MemberJoined,
  'member.left': MemberLeft,
  'message.sent': MessageSent,
  'message.edited': MessageEdited,
  'message.deleted': MessageDeleted,
  'reaction.added': ReactionAdded,
  'reaction.removed': ReactionRemoved,
  'user.registered': UserRegistered,
} as const;

export type EventType = keyof typeof eventBodies;
export type EventBody<T extends EventType> = z.infer<(typeof eventBodies)[T]>;

/** Newest stored version of each event type. */
export const eventVersions: Readonly<Record<EventType, number>> = {
  'conversation.created': 1,
  'member.added': 1,
  'member.removed': 1,
  'member.role-changed': 1,
  'member.joined': 1,
  'member.left': 1,
  'message.sent': 1,
  'message.edited': 1,
  'message.deleted': 1,
  'reaction.added': 1,
  'reaction.removed': 1,
  'user.registered': 1,
};

/** 16 random bytes in base64url, so that a commitment gives nothing away about a short body. */
export const Salt = z.string().regex(/^[A-Za-z0-9_-]{21}[AQgw]$/);

const envelope = {
  v: z.int().min(1),
  type: z.string().min(1).max(64),
  conversationId: ConversationId,
  seq: Seq,
  at: Timestamp,
  actor: Actor,
  commandId: CommandId,
};

/** All fields that the chain covers directly. */
export const EventHeader = z.strictObject(envelope);
export type EventHeader = z.infer<typeof EventHeader>;

/**
 * An event as the wire carries it, of any type and version. Identified by (`conversationId`, `seq`) within an epoch.
 * `body` is checked by its type and version when it is upcast. An erased event has neither `salt` nor `body`, but
 * keeps its `commitment`.
 */
export const WireEvent = z.strictObject({
  ...envelope,
  salt: Salt.optional(),
  body: z.json().optional(),
  commitment: z.base64url().optional(),
});
export type WireEvent = z.infer<typeof WireEvent>;

type EventOf<T extends EventType> = Omit<EventHeader, 'type'> & { type: T; salt: string; body: EventBody<T> };

/** An event of a known type in its newest version. */
export type ParleyEvent = { [T in EventType]: EventOf<T> }[EventType];

/** Events that say who is in a conversation, in which role: what the log keeps of its members is made of these alone. */
export const membershipEvents: ReadonlySet<string> = new Set<EventType>([
  'conversation.created',
  'member.added',
  'member.removed',
  'member.role-changed',
  'member.joined',
  'member.left',
  'user.registered',
]);
