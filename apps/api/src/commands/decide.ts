import type { Command } from '@parley/events';
import { decideCreate, decideJoin, decideLeave } from './conversation.ts';
import type { Decision, Situation } from './decision.ts';
import { decideAdd, decideChangeRole, decideRemove } from './member.ts';
import { decideDelete, decideEdit, decideSend } from './message.ts';
import { decideReaction } from './reaction.ts';

/**
 * Decides one command, without effects.
 * @param now the server's time in milliseconds; it becomes the event's `at`.
 * @returns what to append, or the refusal.
 */
export function decide(command: Command, situation: Situation, now: number): Decision {
  switch (command.type) {
    case 'conversation.create':
      return decideCreate(command, situation, now);
    case 'conversation.join':
      return decideJoin(command, situation, now);
    case 'conversation.leave':
      return decideLeave(command, situation, now);
    case 'member.add':
      return decideAdd(command, situation, now);
    case 'member.remove':
      return decideRemove(command, situation, now);
    case 'member.change-role':
      return decideChangeRole(command, situation, now);
    case 'message.send':
      return decideSend(command, situation, now);
    case 'message.edit':
      return decideEdit(command, situation, now);
    case 'message.delete':
      return decideDelete(command, situation, now);
    case 'reaction.add':
    case 'reaction.remove':
      return decideReaction(command, situation, now);
  }
}
