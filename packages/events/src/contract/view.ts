import { ConversationKind, HistoryRule, MemberRole, VisibleInterval, Visibility } from './conversation.ts';
import { WireEvent } from './event.ts';
import { ConversationId, Epoch, Reach, Seq, Timestamp, UserId } from './ids.ts';
import { ChainValue, Withheld } from './sync.ts';
import { User } from './account.ts';
import { Mark } from './live.ts';
import { z } from './z.ts';

/**
 * One row of the conversation list. (`epoch`, `head`) is where sync goes on. `unread` counts the others' messages after
 * my read mark, 100 standing for more than 99. `last` is the last message that I may see and that is not deleted.
 */
export const ConversationView = z.strictObject({
  conversationId: ConversationId,
  kind: ConversationKind,
  name: z.string().nullable(),
  visibility: Visibility,
  history: HistoryRule,
  role: MemberRole,
  visible: z.array(VisibleInterval),
  with: z.array(UserId),
  epoch: Epoch,
  head: Reach,
  read: Reach,
  unread: z.int().min(0).max(100),
  last: WireEvent.nullable(),
  lastAt: Timestamp,
});
export type ConversationView = z.infer<typeof ConversationView>;

/** All conversations of the caller, newest first, as of each one's (`epoch`, `head`). */
export const ConversationList = z.strictObject({ conversations: z.array(ConversationView) });
export type ConversationList = z.infer<typeof ConversationList>;

/** What later events made of a message: the edit that holds, its deletion, its reactions. */
export const MessageOverlay = z.strictObject({
  seq: Seq,
  edit: z.strictObject({ seq: Seq, at: Timestamp, content: z.json() }).nullable(),
  deleted: z.strictObject({ seq: Seq, at: Timestamp, userId: UserId }).nullable(),
  reactions: z.array(z.strictObject({ seq: Seq, userId: UserId, on: z.boolean(), reaction: z.json() })),
});
export type MessageOverlay = z.infer<typeof MessageOverlay>;

/**
 * One of `before`, `after` (both exclusive), `since` (a moment: the page begins with the first event of then or later
 * that the caller may see) or none for the newest. `minSeq`: answer at least up to here.
 */
export const HistoryQuery = z.strictObject({
  before: z.coerce.number().int().min(1).optional(),
  after: z.coerce.number().int().min(0).optional(),
  since: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  epoch: Epoch.optional(),
  minSeq: z.coerce.number().int().min(0).optional(),
});
export type HistoryQuery = z.infer<typeof HistoryQuery>;

/**
 * A run of history, seq ascending, `events` and `withheld` together without a hole, the deleted and edited messages'
 * originals included as long as policy keeps them. `overlays`: later changes to messages of this page, as of `asOf`.
 * `chain` is the chain before the first seq of the page, where it is archived.
 */
export const HistoryPage = z.strictObject({
  conversationId: ConversationId,
  epoch: Epoch,
  asOf: Reach,
  first: Reach,
  last: Reach,
  chain: ChainValue.nullable(),
  events: z.array(WireEvent),
  withheld: z.array(Withheld),
  overlays: z.array(MessageOverlay),
});
export type HistoryPage = z.infer<typeof HistoryPage>;

export const MemberView = z.strictObject({ userId: UserId, role: MemberRole, since: Seq });
export type MemberView = z.infer<typeof MemberView>;
export const MemberList = z.strictObject({
  epoch: Epoch,
  asOf: Reach,
  members: z.array(MemberView),
  marks: z.array(Mark),
});
export type MemberList = z.infer<typeof MemberList>;

/** Public channels, joined or not, by name. */
export const ChannelView = z.strictObject({
  conversationId: ConversationId,
  name: z.string(),
  members: z.int(),
  joined: z.boolean(),
});
export const ChannelList = z.strictObject({ channels: z.array(ChannelView), next: z.string().nullable() });
export type ChannelList = z.infer<typeof ChannelList>;

export const UserList = z.strictObject({ users: z.array(User), next: z.string().nullable() });
export type UserList = z.infer<typeof UserList>;
export const OnlineList = z.strictObject({ online: z.array(UserId) });
