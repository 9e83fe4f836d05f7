import type { ConversationId } from '@parley/events';
import { quickId } from './quick-id.ts';
import type { SocketIoSocket } from './socket-io-socket.ts';

type Acked = (taken: boolean) => void;

/**
 * Sends messages to one conversation as packages/client's outbox does: what came up in one turn of the event loop goes as
 * one request of several commands. Each message still has its own receipt.
 */
export class CommandSender {
  readonly #socket: SocketIoSocket;
  readonly #conversationId: ConversationId;
  #commands: string[] = [];
  #acked: Acked[] = [];

  constructor(socket: SocketIoSocket, conversationId: ConversationId) {
    this.#socket = socket;
    this.#conversationId = conversationId;
  }

  send(text: string, acked: Acked): void {
    if (this.#commands.length === 0) queueMicrotask(() => this.#flush());
    this.#commands.push(
      `{"commandId":"${quickId()}","type":"message.send","conversationId":"${this.#conversationId}","content":{"suite":"none","text":"${text}"}}`,
    );
    this.#acked.push(acked);
  }

  /** Each result of the answer has a receipt or a refusal, in the order of the commands. */
  #flush(): void {
    const [commands, waiting] = [this.#commands, this.#acked];
    [this.#commands, this.#acked] = [[], []];
    this.#socket.request('command', `{"commands":[${commands.join(',')}]}`, (answer) => {
      const results = answer.split('{"commandId":');
      for (const [at, acked] of waiting.entries()) acked(results[at + 1]?.includes('"receipt":') ?? false);
    });
  }
}
