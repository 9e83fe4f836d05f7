import type { Command } from '@parley/events';
import { append, refuseTarget, type Decision, type Situation } from './decision.ts';

type ReactionCommand = Extract<Command, { type: 'reaction.add' | 'reaction.remove' }>;

/** Members may react to every message that they see. Saying it twice changes nothing, so nothing is refused for that. */
export function decideReaction(command: ReactionCommand, situation: Situation, now: number): Decision {
  const refused = refuseTarget(situation.target);
  if (refused) return refused;
  return append(command, situation, now, {
    type: command.type === 'reaction.add' ? 'reaction.added' : 'reaction.removed',
    conversationId: command.conversationId,
    body: { target: command.target, reaction: command.reaction },
    rule: { rule: 'post', role: 'member' },
  });
}
