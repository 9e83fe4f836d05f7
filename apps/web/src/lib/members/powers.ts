import type { MemberRole } from '@parley/events';

const strength: Readonly<Record<MemberRole, number>> = { member: 0, moderator: 1, owner: 2 };

/** All roles, the weakest first. */
export const roles = ['member', 'moderator', 'owner'] as const satisfies readonly MemberRole[];

/**
 * @param mine my role in the conversation.
 * @param their role of the person in question.
 * @returns what the server would let me do with that person (docs/decisions/0007): nobody touches an equal but
 * themselves.
 */
export function powersOver(
  mine: MemberRole,
  their: MemberRole,
  isMe: boolean,
): { changeRole: boolean; remove: boolean } {
  const isWeaker = strength[their] < strength[mine];
  return { changeRole: mine === 'owner' && (isWeaker || isMe), remove: isWeaker && !isMe };
}
