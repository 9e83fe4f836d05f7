import type { ConversationView, UserId } from '@parley/events';

/**
 * @param nameOf gives a person's name.
 * @returns what to call a conversation, without the channel's sign: its name, the other person, or the members.
 */
export function titleOf(
  row: Pick<ConversationView, 'kind' | 'name' | 'with'>,
  me: UserId,
  nameOf: (userId: UserId) => string,
): string {
  if (row.name !== null) return row.name;
  const others = row.with.filter((userId) => userId !== me);
  if (others.length === 0) return row.kind === 'direct' ? `${nameOf(me)} (you)` : 'Only you';
  return others.map(nameOf).join(', ');
}

/** @returns the title as it is spoken of in a sentence: channels carry their sign. */
export function mentionOf(row: Pick<ConversationView, 'kind'>, title: string): string {
  return row.kind === 'channel' ? `#${title}` : title;
}
