import type WebSocket from 'ws';
import { openFrames, sendFrame } from './frame-socket.ts';

/** Just enough of Centrifuge's JSON protocol: connect, subscribe to one channel, publish, ping. */
export class CentrifugeSocket {
  readonly #answers = new Map<number, (taken: boolean) => void>();
  readonly #channel: string;
  readonly #heard: (frame: string) => void;
  #socket: WebSocket | undefined;
  #next = 1;

  private constructor(channel: string, heard: (frame: string) => void) {
    this.#channel = channel;
    this.#heard = heard;
  }

  /** @returns a socket that hears the channel. */
  static async open(url: string, channel: string, heard: (frame: string) => void): Promise<CentrifugeSocket> {
    const opened = new CentrifugeSocket(channel, heard);
    opened.#socket = await openFrames(url, (frame, socket) => opened.#take(frame, socket));
    await opened.#ask('"connect":{}');
    await opened.#ask(`"subscribe":{"channel":"${channel}"}`);
    return opened;
  }

  publish(data: string, acked: (taken: boolean) => void): void {
    this.#request(`"publish":{"channel":"${this.#channel}","data":${data}}`, acked);
  }

  close(): void {
    this.#socket?.close();
  }

  #ask(command: string): Promise<boolean> {
    return new Promise((resolve) => this.#request(command, resolve));
  }

  #request(command: string, answered: (taken: boolean) => void): void {
    const id = this.#next;
    this.#next += 1;
    this.#answers.set(id, answered);
    sendFrame(this.#socket, `{"id":${id},${command}}`);
  }

  /** A frame holds one JSON object per line; an empty one is a ping. */
  #take(frame: string, socket: WebSocket): void {
    for (const line of frame.split('\n')) {
      if (line === '{}') socket.send('{}');
      else if (line.startsWith('{"id":')) this.#takeAnswer(line);
      else this.#heard(line);
    }
  }

  #takeAnswer(line: string): void {
    const id = Number.parseInt(line.slice('{"id":'.length), 10);
    const answered = this.#answers.get(id);
    this.#answers.delete(id);
    answered?.(!line.includes('"error":'));
  }
}
