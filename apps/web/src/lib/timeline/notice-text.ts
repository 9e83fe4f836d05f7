import type { ParleyEvent, UserId } from '@parley/events';

/** @returns what happened, in one sentence; null for what is no news in a timeline. */
export function noticeText(event: ParleyEvent, nameOf: (userId: UserId) => string): string | null {
  const actor = nameOf(event.actor.userId);
  switch (event.type) {
    case 'conversation.created':
      return event.body.kind === 'direct'
        ? `${actor} started this conversation`
        : `${actor} created this ${event.body.kind}`;
    case 'member.added':
      return `${actor} added ${nameOf(event.body.userId)}`;
    case 'member.removed':
      return `${actor} removed ${nameOf(event.body.userId)}`;
    case 'member.role-changed':
      return `${actor} made ${nameOf(event.body.userId)} ${event.body.role === 'owner' ? 'an' : 'a'} ${event.body.role}`;
    case 'member.joined':
      return `${actor} joined`;
    case 'member.left':
      return `${actor} left`;
    case 'user.registered':
      return `${nameOf(event.body.userId)} joined the workspace`;
    case 'message.sent':
    case 'message.edited':
    case 'message.deleted':
    case 'reaction.added':
    case 'reaction.removed':
      return null;
  }
}
