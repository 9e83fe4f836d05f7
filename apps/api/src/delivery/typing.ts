import { RefusalError, type ConversationId, type TypingRequest, type z } from '@parley/events';
import type { ChatSocket } from './chat-socket.ts';
import { conversationRoom } from './rooms.ts';
import type { SignalSender } from './signals.ts';

/**
 * Passes on that somebody types. Only members may: those are the sockets in the conversation's room.
 * @param quiet the directory, where everybody is and nobody talks.
 * @throws RefusalError `not_found` for others, and there.
 */
export function signalTyping(
  signals: SignalSender,
  socket: ChatSocket,
  { conversationId, typing }: z.infer<typeof TypingRequest>,
  quiet: ConversationId | undefined,
): void {
  if (conversationId === quiet || !socket.rooms.has(conversationRoom(conversationId))) {
    throw new RefusalError({ kind: 'not_found', message: 'There is no such conversation, or you are not in it.' });
  }
  signals.typing({ conversationId, userId: socket.data.actor.userId, typing });
}
