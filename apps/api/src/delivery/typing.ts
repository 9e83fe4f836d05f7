import { RefusalError, type TypingRequest, type z } from '@parley/events';
import type { ChatSocket } from './chat-socket.ts';
import { Rate } from './rate.ts';
import { conversationRoom } from './rooms.ts';
import type { SignalSender } from './signals.ts';

const rates = new WeakMap<ChatSocket, Rate>();

/**
 * Passes on that somebody types. Only members may: those are the sockets in the conversation's room.
 * @throws RefusalError `not_found` for others, `rate_limited` for more than a few in a row.
 */
export function signalTyping(
  signals: SignalSender,
  socket: ChatSocket,
  { conversationId, typing }: z.infer<typeof TypingRequest>,
): void {
  if (!socket.rooms.has(conversationRoom(conversationId))) {
    throw new RefusalError({ kind: 'not_found', message: 'There is no such conversation, or you are not in it.' });
  }
  const rate = rates.get(socket) ?? new Rate(10, 4);
  rates.set(socket, rate);
  if (!rate.take()) {
    throw new RefusalError({
      kind: 'rate_limited',
      message: 'Too many typing signals. Send fewer.',
      retryAfterMs: 500,
    });
  }
  signals.typing({ conversationId, userId: socket.data.actor.userId, typing });
}
