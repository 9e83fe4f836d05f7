import type { Mark, TypingSignal } from '@parley/events';
import { pushToRooms, type ChatServer } from './chat-socket.ts';
import { MarkGathering } from './mark-gathering.ts';
import { pushMarks } from './mark-push.ts';
import { conversationRoom } from './rooms.ts';

/**
 * Sends signals to the sockets of all nodes, past the stream: they are not stored, take no place in it and do not come
 * back on a recovery. A node that can't be reached simply misses them.
 */
export class SignalSender {
  readonly #io: ChatServer;
  readonly #reachable: () => boolean;
  readonly #marks: MarkGathering;

  /** @param reachable whether the fan-out Redis answers; without it, signals stay on this node. */
  constructor(io: ChatServer, reachable: () => boolean) {
    this.#io = io;
    this.#reachable = reachable;
    this.#marks = new MarkGathering({
      deliver: (marks) => pushMarks(io, marks),
      pass: (marks) => this.#passMarks(marks),
    });
    io.on('marks', (marks) => this.#marks.heard(marks));
    io.on('typing', (typing) => this.#deliverTyping(typing));
  }

  mark(mark: Mark): void {
    this.#marks.raised(mark);
  }

  typing(typing: TypingSignal): void {
    this.#deliverTyping(typing);
    if (this.#reachable()) this.#io.serverSideEmit('typing', typing);
  }

  #passMarks(marks: readonly Mark[]): void {
    if (this.#reachable()) this.#io.serverSideEmit('marks', marks);
  }

  #deliverTyping(typing: TypingSignal): void {
    pushToRooms(this.#io, [conversationRoom(typing.conversationId)], 'typing', typing, typing.userId);
  }
}
