import type WebSocket from 'ws';
import { openFrames, sendFrame } from './frame-socket.ts';

export interface SocketIoOptions {
  readonly url: string;
  /** Sent as `auth` of the handshake. */
  readonly auth?: object;
  readonly query?: string;
  /** Called with every frame that is neither a ping nor an answer. */
  readonly heard: (frame: string) => void;
}

/** The server's refusal of a handshake, with the time that it asks to wait. */
export class SocketRefusedError extends Error {
  override readonly name = 'SocketRefusedError';
  readonly retryAfterMs: number;

  /** @param packet the Socket.IO packet CONNECT_ERROR, as JSON. */
  constructor(packet: string) {
    super(`The server refused the socket: ${packet}`);
    this.retryAfterMs = (JSON.parse(packet) as { data?: { retryAfterMs?: number } }).data?.retryAfterMs ?? 0;
  }
}

type Answered = (answer: string) => void;

/**
 * Just enough of Engine.IO 4 and Socket.IO 5 over one WebSocket: handshake, ping, events and acknowledgements, as plain
 * text frames (https://socket.io/docs/v4/engine-io-protocol, https://socket.io/docs/v4/socket-io-protocol).
 */
export class SocketIoSocket {
  readonly #answers = new Map<number, Answered>();
  readonly #options: SocketIoOptions;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  #over: () => void = () => undefined;
  #socket: WebSocket | undefined;
  #next = 0;
  #connected: (() => void) | undefined;
  #refused: ((error: Error) => void) | undefined;

  private constructor(options: SocketIoOptions) {
    this.#options = options;
    this.closed = new Promise((over) => (this.#over = over));
  }

  /** @returns a socket whose namespace is connected; rejects when the server refuses. */
  static async open(options: SocketIoOptions): Promise<SocketIoSocket> {
    const opened = new SocketIoSocket(options);
    const url = `${options.url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket${options.query ?? ''}`;
    await new Promise<void>((resolve, reject) => {
      opened.#connected = resolve;
      opened.#refused = reject;
      openFrames(url, (frame, socket) => opened.#take(frame, socket)).then((socket) => {
        opened.#socket = socket;
        socket.on('close', () => {
          opened.#over();
          reject(new Error('The server closed the socket.'));
        });
      }, reject);
    });
    return opened;
  }

  /** Emits an event with one JSON argument; `answered` gets the acknowledgement's JSON, an array of one. */
  request(event: string, argument: string, answered: Answered): void {
    const id = this.#next;
    this.#next += 1;
    this.#answers.set(id, answered);
    sendFrame(this.#socket, `42${id}["${event}",${argument}]`);
  }

  close(): void {
    this.#socket?.close();
  }

  #take(frame: string, socket: WebSocket): void {
    if (frame.startsWith('0')) socket.send(`40${this.#options.auth ? JSON.stringify(this.#options.auth) : ''}`);
    else if (frame.startsWith('2')) socket.send('3');
    else if (frame.startsWith('43')) this.#takeAnswer(frame);
    else if (frame.startsWith('40')) this.#connected?.();
    else if (frame.startsWith('44')) this.#refused?.(new SocketRefusedError(frame.slice(2)));
    else this.#options.heard(frame);
  }

  #takeAnswer(frame: string): void {
    const start = frame.indexOf('[');
    const id = Number(frame.slice(2, start));
    const answered = this.#answers.get(id);
    this.#answers.delete(id);
    answered?.(frame.slice(start));
  }
}
