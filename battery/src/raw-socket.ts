import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { PROTOCOL_VERSION } from '@parley/events';
import { WebSocketTexts } from './websocket-texts.ts';

/** Packets of Engine.IO and Socket.IO that a client sends. */
const packets = { connect: '40', pong: '3' };

/**
 * A connection to an api node as somebody writes one who means no good: WebSocket frames on bare TCP, so that it can stop
 * to read, lie and go away as it likes. `closed` resolves when the node, or this side, has ended it.
 */
export class RawSocket {
  readonly #socket: Socket;
  readonly #told = new WebSocketTexts();
  readonly closed: Promise<void>;

  /** @param port of an api node on this machine. */
  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('error', () => this.#socket.destroy());
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  /** Sends the first half of a request and no more. */
  halfRequest(): void {
    this.#socket.write('GET /socket.io/?EIO=4&transport=webso');
  }

  /** Signs in. @returns whether the node let it in. */
  async enter(token: string): Promise<boolean> {
    const key = randomBytes(16).toString('base64');
    this.#socket.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n` +
        `Connection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    if (!(await this.#hears('0{'))) return false;
    this.text(`${packets.connect}${JSON.stringify({ token, protocol: PROTOCOL_VERSION })}`);
    return this.#hears(packets.connect);
  }

  /** Reads no more. What the node sends then waits, in the system first and in the node when that is full. */
  deaf(): void {
    this.#socket.pause();
  }

  /** Tells the node that this side lives, without having heard it ask. */
  pong(): void {
    this.text(packets.pong);
  }

  /** Sends a text frame, masked as a client must. */
  text(text: string): void {
    const payload = Buffer.from(text);
    const [mask, size] = [randomBytes(4), payload.length];
    const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10);
    head[0] = 0x81;
    head[1] = 0x80 | (size < 126 ? size : size < 65_536 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(size, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(size), 2);
    const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
    if (this.#socket.writable) this.#socket.write(Buffer.concat([head, mask, masked]));
  }

  drop(): void {
    this.#socket.resetAndDestroy();
  }

  /** @returns whether a text that begins so came before the end. */
  #hears(start: string): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (heard: boolean): void => {
        this.#socket.off('data', read).off('close', ended);
        resolve(heard);
      };
      const ended = (): void => done(false);
      const read = (chunk: Buffer): void => {
        if (this.#told.take(chunk).some((text) => text.startsWith(start))) done(true);
      };
      this.#socket.on('data', read).once('close', ended);
    });
  }
}
