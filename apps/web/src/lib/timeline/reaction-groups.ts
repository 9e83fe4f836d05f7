import type { MessageState, UserId } from '@parley/events';

export interface ReactionGroup {
  readonly emoji: string;
  readonly userIds: readonly UserId[];
  readonly mine: boolean;
}

/** @returns the reactions that stand, one group per emoji, in the order in which each was first given. */
export function reactionGroups(reactions: MessageState['reactions'], me: UserId): readonly ReactionGroup[] {
  const groups = new Map<string, UserId[]>();
  for (const { userId, on, reaction } of reactions) {
    if (!on || !('emoji' in reaction)) continue;
    const userIds = groups.get(reaction.emoji) ?? [];
    userIds.push(userId);
    groups.set(reaction.emoji, userIds);
  }
  return [...groups].map(([emoji, userIds]) => ({ emoji, userIds, mine: userIds.includes(me) }));
}

/** @returns how many reactions stand in all. */
export function reactionCount(groups: readonly ReactionGroup[]): number {
  return groups.reduce((sum, { userIds }) => sum + userIds.length, 0);
}
