import { Line, MessageContent, ReactionContent } from './content.ts';
import { MemberRole, Visibility } from './conversation.ts';
import { CommandId, ConversationId, Position, UserId } from './ids.ts';
import { z } from './z.ts';

const base = { commandId: CommandId };
const inConversation = { ...base, conversationId: ConversationId };

/** The new conversation's id is the `commandId`. */
const CreateGroup = z.strictObject({
  ...base,
  type: z.literal('conversation.create'),
  kind: z.literal('group'),
  name: Line.nullable(),
  members: z.array(UserId).min(1).max(199),
});

/** The new conversation's id is the `commandId`. */
const CreateChannel = z.strictObject({
  ...base,
  type: z.literal('conversation.create'),
  kind: z.literal('channel'),
  name: Line,
  visibility: Visibility,
  members: z.array(UserId).max(199),
});

/** The server derives the id from the pair: whoever comes second gets the first one's conversation. */
const CreateDirect = z.strictObject({
  ...base,
  type: z.literal('conversation.create'),
  kind: z.literal('direct'),
  with: UserId,
});

export const CreateConversation = z.discriminatedUnion('kind', [CreateGroup, CreateChannel, CreateDirect]);
export type CreateConversation = z.infer<typeof CreateConversation>;

const AddMember = z.strictObject({
  ...inConversation,
  type: z.literal('member.add'),
  userId: UserId,
  role: MemberRole,
});
const RemoveMember = z.strictObject({ ...inConversation, type: z.literal('member.remove'), userId: UserId });
const ChangeRole = z.strictObject({
  ...inConversation,
  type: z.literal('member.change-role'),
  userId: UserId,
  role: MemberRole,
});
const JoinConversation = z.strictObject({ ...inConversation, type: z.literal('conversation.join') });
const LeaveConversation = z.strictObject({ ...inConversation, type: z.literal('conversation.leave') });
const SendMessage = z.strictObject({ ...inConversation, type: z.literal('message.send'), content: MessageContent });
const EditMessage = z.strictObject({
  ...inConversation,
  type: z.literal('message.edit'),
  target: Position,
  content: MessageContent,
});
const DeleteMessage = z.strictObject({ ...inConversation, type: z.literal('message.delete'), target: Position });
const AddReaction = z.strictObject({
  ...inConversation,
  type: z.literal('reaction.add'),
  target: Position,
  reaction: ReactionContent,
});
const RemoveReaction = z.strictObject({
  ...inConversation,
  type: z.literal('reaction.remove'),
  target: Position,
  reaction: ReactionContent,
});

/** A wish to change something. One accepted command makes exactly one event. */
export const Command = z.discriminatedUnion('type', [
  CreateConversation,
  AddMember,
  RemoveMember,
  ChangeRole,
  JoinConversation,
  LeaveConversation,
  SendMessage,
  EditMessage,
  DeleteMessage,
  AddReaction,
  RemoveReaction,
]);
export type Command = z.infer<typeof Command>;
export type CommandType = Command['type'];
