import type { Command } from '@parley/events';
import { append, refuse, refuseTarget, type Decision, type Situation } from './decision.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

/** Whoever is a member may send. */
export function decideSend(command: Of<'message.send'>, situation: Situation, now: number): Decision {
  return append(command, situation, now, {
    type: 'message.sent',
    conversationId: command.conversationId,
    body: { content: command.content },
    rule: { rule: 'post', role: 'member' },
  });
}

/** Only the author may edit, as long as the author is a member. */
export function decideEdit(command: Of<'message.edit'>, situation: Situation, now: number): Decision {
  const refused = refuseTarget(situation.target);
  if (refused) return refused;
  if (!isAuthor(situation)) return refuse('not_found', 'Only the author can edit this message.');
  return append(command, situation, now, {
    type: 'message.edited',
    conversationId: command.conversationId,
    body: { target: command.target, content: command.content },
    rule: { rule: 'post', role: 'member' },
  });
}

/** The author may delete as a member; anybody else must be a moderator. */
export function decideDelete(command: Of<'message.delete'>, situation: Situation, now: number): Decision {
  const refused = refuseTarget(situation.target);
  if (refused) return refused;
  return append(command, situation, now, {
    type: 'message.deleted',
    conversationId: command.conversationId,
    body: { target: command.target },
    rule: { rule: 'post', role: isAuthor(situation) ? 'member' : 'moderator' },
  });
}

function isAuthor({ target, actor }: Situation): boolean {
  return target?.found === 'event' && target.author === actor.userId;
}
