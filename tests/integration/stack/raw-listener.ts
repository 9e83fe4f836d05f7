import {
  PROTOCOL_VERSION,
  type ConversationId,
  type LiveEvents,
  type SocketReply,
  type SyncPage,
} from '@parley/events';
import { io, type Socket } from 'socket.io-client';

/** A bare socket of a signed-in person: it keeps every live frame as it came, and forgives nothing. */
export class RawListener {
  readonly socket: Socket;
  readonly frames: LiveEvents[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('events', (frame: LiveEvents) => this.frames.push(frame));
  }

  /** Resolves when the socket hears everything that its owner may hear from then on. */
  static async open(url: string, token: string): Promise<RawListener> {
    const auth = { token, protocol: PROTOCOL_VERSION };
    const listener = new RawListener(io(url, { transports: ['websocket'], forceNew: true, reconnection: false, auth }));
    await new Promise<void>((resolve, reject) => {
      listener.socket.once('connect', resolve).once('connect_error', reject);
    });
    await listener.ask('sync', { positions: {} });
    return listener;
  }

  /** @returns the server's answer to any request, also to one that does not exist. */
  async ask(name: string, request: unknown): Promise<SocketReply<SyncPage>> {
    return (await this.socket.timeout(60_000).emitWithAck(name, request)) as SocketReply<SyncPage>;
  }

  /** @returns the seqs of a conversation in the order in which they came, doubles included. */
  seqs(conversationId: ConversationId): number[] {
    return this.frames
      .filter((frame) => frame.conversationId === conversationId)
      .flatMap((frame) => frame.events.map((event) => event.seq));
  }

  close(): void {
    this.socket.disconnect();
  }
}
