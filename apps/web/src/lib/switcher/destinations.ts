import type { ConversationRow } from '@parley/client';
import type { ConversationId, User, UserId } from '@parley/events';

/** Where one can jump to: a conversation, or a person with whom there is none yet. */
export type Destination =
  | {
      readonly kind: 'conversation';
      readonly key: ConversationId;
      readonly title: string;
      readonly row: ConversationRow;
    }
  | { readonly kind: 'person'; readonly key: UserId; readonly title: string; readonly user: User };

/** @returns all destinations: unread conversations first, then by time, then people by name. */
export function destinations(
  rows: readonly ConversationRow[],
  people: readonly User[],
  titleOf: (row: ConversationRow) => string,
): readonly Destination[] {
  const known = new Set(rows.filter((row) => row.kind === 'direct').flatMap((row) => row.with));
  const conversations = [...rows.filter((row) => row.unread > 0), ...rows.filter((row) => row.unread === 0)];
  return [
    ...conversations.map(
      (row) => ({ kind: 'conversation', key: row.conversationId, title: titleOf(row), row }) as const,
    ),
    ...people
      .filter((user) => !known.has(user.userId))
      .map((user) => ({ kind: 'person', key: user.userId, title: user.name, user }) as const),
  ];
}
