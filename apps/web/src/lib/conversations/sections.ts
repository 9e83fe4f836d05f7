import type { ConversationRow } from '@parley/client';

export interface Section {
  readonly name: 'Unread' | 'Channels' | 'People';
  readonly rows: readonly ConversationRow[];
}

/**
 * @param keep a conversation that stays in its own section although it is unread: the open one must not move under the
 * pointer.
 * @returns the list's sections in order: unread by time, channels by name, people and groups by time. None is empty.
 */
export function sectionsOf(
  rows: readonly ConversationRow[],
  titleOf: (row: ConversationRow) => string,
  keep: string | undefined,
): readonly Section[] {
  const isUnread = (row: ConversationRow): boolean => row.unread > 0 && row.conversationId !== keep;
  const byTitle = (a: ConversationRow, b: ConversationRow): number => titleOf(a).localeCompare(titleOf(b));
  const rest = rows.filter((row) => !isUnread(row));
  const sections: Section[] = [
    { name: 'Unread', rows: rows.filter(isUnread) },
    { name: 'Channels', rows: rest.filter((row) => row.kind === 'channel').sort(byTitle) },
    { name: 'People', rows: rest.filter((row) => row.kind !== 'channel') },
  ];
  return sections.filter((section) => section.rows.length > 0);
}
