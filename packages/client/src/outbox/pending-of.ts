import { untouched, type ConversationId, type MessageState, type UserId } from '@parley/events';
import type { SendState } from '../chat-client.ts';
import type { Pending, PendingChange, PendingMessage } from '../timeline/pending.ts';
import type { NewEntry } from './outbox-entry.ts';
import type { Outbox } from './outbox.ts';

/** Above every stored seq, so that an own change on its way is the newest; still ordered among themselves. */
const ON_THE_WAY = Number.MAX_SAFE_INTEGER / 2;

/** @returns what an outbox holds for a conversation as its timeline shows it. */
export function pendingOf(outbox: Outbox, conversationId: ConversationId, me: UserId): Pending {
  const entries = [...outbox.lane(conversationId), ...outbox.arriving(conversationId)];
  return {
    messages: entries.flatMap((entry) => messageOf(entry) ?? []),
    changes: entries.flatMap((entry, at) => changeOf(entry, me, ON_THE_WAY + at) ?? []),
  };
}

/** @returns how far the sending of a command is, for its author's eyes. */
export function sendState(entry: NewEntry): SendState {
  if (entry.state === 'acked') return { state: 'sent' };
  if (entry.state === 'failed' && entry.refusal) return { state: 'failed', refusal: entry.refusal };
  return { state: entry.tried ? 'sending' : 'queued' };
}

function messageOf(entry: NewEntry): PendingMessage | undefined {
  const { command, commandId, at, receipt } = entry;
  if (command.type !== 'message.send') return undefined;
  return { commandId, at, content: command.content, send: sendState(entry), place: receipt ?? null };
}

function changeOf(entry: NewEntry, me: UserId, seq: number): PendingChange | undefined {
  const { command, commandId, receipt } = entry;
  const change = stateOf(entry, me, seq);
  if (!change || entry.state === 'failed' || !('target' in command)) return undefined;
  return { commandId, target: command.target.seq, change, place: receipt ?? null };
}

function stateOf({ command, at }: NewEntry, userId: UserId, seq: number): MessageState | undefined {
  switch (command.type) {
    case 'message.edit':
      return { ...untouched, edit: { seq, at, content: command.content } };
    case 'message.delete':
      return { ...untouched, deleted: { seq, at, userId } };
    case 'reaction.add':
    case 'reaction.remove': {
      const on = command.type === 'reaction.add';
      return { ...untouched, reactions: [{ seq, userId, on, reaction: command.reaction }] };
    }
    case 'message.send':
    case 'conversation.create':
    case 'conversation.join':
    case 'conversation.leave':
    case 'member.add':
    case 'member.remove':
    case 'member.change-role':
      return undefined;
  }
}
