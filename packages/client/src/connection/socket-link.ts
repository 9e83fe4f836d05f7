import {
  PROTOCOL_VERSION,
  RefusalError,
  socketPushes,
  socketRequests,
  type SocketPushName,
  type SocketReplyOf,
  type SocketRequestName,
  type SocketRequestOf,
} from '@parley/events';
import { io, type Socket } from 'socket.io-client';
import { garbled, readRefusal, unreachable } from '../refusals.ts';
import type { Link, LinkListener } from './link.ts';
import { readPush } from './read-push.ts';
import { readSyncPage } from './read-sync-page.ts';

const OPEN_MS = 10_000;
const ANSWER_MS = 10_000;

/**
 * A Socket.IO connection, WebSocket only. It neither reconnects nor buffers nor repeats anything by itself: that is
 * the work of `Connection` and of the outbox. One object lives over many connects, so that the server's own recovery
 * of short drops can help.
 */
export class SocketLink implements Link {
  readonly #socket: Socket;
  readonly #listener: LinkListener;
  #token = '';
  #giveUp: (() => void) | null = null;

  constructor(baseUrl: string, listener: LinkListener) {
    this.#listener = listener;
    this.#socket = io(baseUrl === '' ? undefined : baseUrl, {
      transports: ['websocket'],
      reconnection: false,
      autoConnect: false,
      forceNew: true,
      timeout: OPEN_MS,
      auth: (give) => give({ token: this.#token, protocol: PROTOCOL_VERSION }),
    } as NonNullable<Parameters<typeof io>[1]>);
    this.#socket.on('disconnect', (reason) => this.#closed(reason));
    for (const name of Object.keys(socketPushes) as SocketPushName[])
      this.#socket.on(name, (payload: unknown) => this.#pushed(name, payload));
  }

  get isOpen(): boolean {
    return this.#socket.connected;
  }

  /** Resolves when the server has let this session in. Rejects with its refusal or `unavailable`. */
  open(token: string): Promise<void> {
    this.#token = token;
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#giveUp = null;
        clearTimeout(timer);
        socket.off('connect', opened).off('connect_error', failed);
        finish();
      };
      const opened = (): void => settle(resolve);
      const failed = (fault: Error): void => settle(() => reject(refusalOf(fault)));
      const timer = setTimeout(() => this.close(), OPEN_MS);
      this.#giveUp = () => settle(() => reject(unreachable(new Error('The socket did not open in time.'))));
      socket.on('connect', opened).on('connect_error', failed).connect();
    });
  }

  async request<N extends SocketRequestName>(name: N, request: SocketRequestOf<N>): Promise<SocketReplyOf<N>> {
    // Emitting on a closed socket would keep the packet and send it at some later time.
    if (!this.isOpen) throw unreachable(new Error('The socket is closed.'));
    const answer: unknown = await this.#socket
      .timeout(ANSWER_MS)
      .emitWithAck(name, request)
      .catch((fault: unknown) => {
        throw unreachable(fault);
      });
    return readReply(name, answer);
  }

  /** Ends the connection, or the attempt to open one. */
  close(): void {
    this.#giveUp?.();
    this.#socket.disconnect();
  }

  #closed(reason: string): void {
    this.#socket.sendBuffer.length = 0;
    this.#listener.closed(reason);
  }

  #pushed(name: SocketPushName, payload: unknown): void {
    // What can't be read may have been an event: sync finds out.
    this.#listener.push(readPush(name, payload) ?? { name: 'resync', payload: {} });
  }
}

function refusalOf(fault: Error): RefusalError {
  const { data } = fault as Error & { data?: unknown };
  const refusal = readRefusal(data) ?? readRefusal((data as { refusal?: unknown } | undefined)?.refusal);
  return refusal ? new RefusalError(refusal, { cause: fault }) : unreachable(fault);
}

function readReply<N extends SocketRequestName>(name: N, answer: unknown): SocketReplyOf<N> {
  const given = answer as { ok?: unknown; reply?: unknown; refusal?: unknown } | null;
  if (given?.ok === true) {
    const reply = name === 'sync' ? readSyncPage(given.reply) : socketRequests[name].reply.safeParse(given.reply).data;
    if (reply) return reply as SocketReplyOf<N>;
    throw garbled(name);
  }
  const refusal = readRefusal(given?.refusal);
  throw refusal ? new RefusalError(refusal) : garbled(name);
}
