import type { Command } from '@parley/events';
import { append, refuse, type Decision, type Situation } from './decision.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

/** Members add people who exist; the log's script sees to it that nobody gives a role above their own. */
export function decideAdd(command: Of<'member.add'>, situation: Situation, now: number): Decision {
  if (situation.unknownUsers.length > 0) {
    return refuse('not_found', 'This person does not exist. Choose from the list of people.');
  }
  const { conversationId, userId, role } = command;
  return append(command, situation, now, {
    type: 'member.added',
    conversationId,
    body: { userId, role },
    rule: { rule: 'add', userId, role },
  });
}

/** Moderators remove whoever is weaker than they are; to go oneself is to leave. */
export function decideRemove(command: Of<'member.remove'>, situation: Situation, now: number): Decision {
  const { conversationId, userId } = command;
  if (userId === situation.actor.userId) return refuse('invalid', 'To go yourself, leave the conversation instead.');
  return append(command, situation, now, {
    type: 'member.removed',
    conversationId,
    body: { userId },
    rule: { rule: 'remove', userId },
  });
}

/** Owners change the role of whoever is weaker, and their own; the log's script sees to it that one owner is left. */
export function decideChangeRole(command: Of<'member.change-role'>, situation: Situation, now: number): Decision {
  const { conversationId, userId, role } = command;
  return append(command, situation, now, {
    type: 'member.role-changed',
    conversationId,
    body: { userId, role },
    rule: { rule: 'change-role', userId, role },
  });
}
