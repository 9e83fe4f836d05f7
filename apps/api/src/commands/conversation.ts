import type { Command, ConversationId, CreateConversation, EventBody, FirstMember, UserId } from '@parley/events';
import { append, refuse, type Decision, type Situation } from './decision.ts';

type Created = EventBody<'conversation.created'>;

/** Everybody may start a conversation with people who exist. Whoever starts a group or channel owns it. */
export function decideCreate(command: CreateConversation, situation: Situation, now: number): Decision {
  if (situation.unknownUsers.length > 0) {
    return refuse('not_found', 'One of these people does not exist. Choose from the list of people.');
  }
  const conversationId = createdId(command, situation);
  if (conversationId === undefined) return refuse('invalid', 'A conversation between two needs the other person.');
  const body = createdBody(command, situation.actor.userId);
  const { kind, visibility, history, members } = body;
  return append(command, situation, now, {
    type: 'conversation.created',
    conversationId,
    body,
    rule: { rule: 'create', kind, visibility, history, members },
  });
}

/** Anybody may join a public channel. */
export function decideJoin(
  command: Extract<Command, { type: 'conversation.join' }>,
  situation: Situation,
  now: number,
): Decision {
  const { conversationId } = command;
  return append(command, situation, now, { type: 'member.joined', conversationId, body: {}, rule: { rule: 'join' } });
}

/** Anybody may leave a group or channel but its last owner, says the log's script. */
export function decideLeave(
  command: Extract<Command, { type: 'conversation.leave' }>,
  situation: Situation,
  now: number,
): Decision {
  const { conversationId } = command;
  return append(command, situation, now, { type: 'member.left', conversationId, body: {}, rule: { rule: 'leave' } });
}

/** The creation's own id names the conversation, so that a second try can't make a second one. */
function createdId(command: CreateConversation, situation: Situation): ConversationId | undefined {
  return command.kind === 'direct' ? situation.directId : (command.commandId as string as ConversationId);
}

function createdBody(command: CreateConversation, creator: UserId): Created {
  switch (command.kind) {
    case 'direct':
      return {
        kind: 'direct',
        name: null,
        visibility: 'private',
        history: 'all',
        members: pairOf(creator, command.with),
      };
    case 'group':
      return {
        kind: 'group',
        name: command.name,
        visibility: 'private',
        history: 'joined',
        members: ownedBy(creator, command.members),
      };
    case 'channel':
      return {
        kind: 'channel',
        name: command.name,
        visibility: command.visibility,
        history: 'all',
        members: ownedBy(creator, command.members),
      };
  }
}

/** The same for both, whoever begins; one entry for a conversation with oneself. */
function pairOf(one: UserId, other: UserId): FirstMember[] {
  return [...new Set([one, other])].sort().map((userId) => ({ userId, role: 'member' }));
}

function ownedBy(creator: UserId, others: readonly UserId[]): FirstMember[] {
  const named = new Set(others);
  named.delete(creator);
  return [{ userId: creator, role: 'owner' }, ...[...named].map((userId) => ({ userId, role: 'member' as const }))];
}
