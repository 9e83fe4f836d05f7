import type { Access } from '@parley/events/log';

/**
 * The one rule of who may read a conversation: its members, what falls into their intervals; and everybody a public
 * channel, all of it.
 * @returns the access as a reader has it, or undefined: for them there is no such conversation.
 */
export function asReader(access: Access | undefined): Access | undefined {
  if (access?.role !== null) return access;
  const { kind, visibility } = access.conversation;
  return kind === 'channel' && visibility === 'public' ? { ...access, visible: [{ from: 1 }] } : undefined;
}
