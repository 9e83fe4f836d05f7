import type { Mark, TypingSignal } from '@parley/events';
import { pushToRooms, type ChatServer } from './chat-socket.ts';
import { conversationRoom } from './rooms.ts';

/**
 * Sends signals to the sockets of all nodes, past the stream: they are not stored, take no place in it and do not come
 * back on a recovery. A node that can't be reached simply misses them.
 */
export class SignalSender {
  readonly #io: ChatServer;
  readonly #reachable: () => boolean;

  /** @param reachable whether the fan-out Redis answers; without it, signals stay on this node. */
  constructor(io: ChatServer, reachable: () => boolean) {
    this.#io = io;
    this.#reachable = reachable;
    io.on('mark', (mark) => this.#deliverMark(mark));
    io.on('typing', (typing) => this.#deliverTyping(typing));
  }

  mark(mark: Mark): void {
    this.#deliverMark(mark);
    if (this.#reachable()) this.#io.serverSideEmit('mark', mark);
  }

  typing(typing: TypingSignal): void {
    this.#deliverTyping(typing);
    if (this.#reachable()) this.#io.serverSideEmit('typing', typing);
  }

  #deliverMark(mark: Mark): void {
    pushToRooms(this.#io, [conversationRoom(mark.conversationId)], 'mark', mark);
  }

  #deliverTyping(typing: TypingSignal): void {
    pushToRooms(this.#io, [conversationRoom(typing.conversationId)], 'typing', typing, typing.userId);
  }
}
