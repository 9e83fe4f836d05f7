import {
  PROTOCOL_VERSION,
  type ConversationId,
  type LiveEvents,
  type SocketReply,
  type SyncPage,
  type SyncRequest,
} from '@parley/events';
import { io, type Socket } from 'socket.io-client';

import { eventually } from './eventually.ts';

/**
 * A bare socket of a signed-in person: it keeps every live frame as it came, and forgives nothing. Told that frames may be
 * missing, it asks for them as every client must, and keeps that apart.
 */
export class RawListener {
  readonly socket: Socket;
  readonly frames: LiveEvents[] = [];
  readonly synced: SyncPage[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('events', (frame: LiveEvents) => this.frames.push(frame));
    socket.on('resync', () => void this.#resync().catch(() => undefined));
  }

  /** Resolves when the socket hears everything that its owner may hear from then on. */
  static async open(url: string, token: string): Promise<RawListener> {
    const auth = { token, protocol: PROTOCOL_VERSION };
    const listener = new RawListener(io(url, { transports: ['websocket'], forceNew: true, reconnection: false, auth }));
    await new Promise<void>((resolve, reject) => {
      listener.socket.once('connect', resolve).once('connect_error', reject);
    });
    await listener.#sync({});
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

  /** @returns the seqs of a conversation that came live or were asked for after a `resync`, each once, in order. */
  held(conversationId: ConversationId): number[] {
    const synced = this.synced
      .flatMap((page) => page.conversations)
      .filter((conversation) => conversation.conversationId === conversationId)
      .flatMap(({ events }) => events.map((event) => event.seq));
    return [...new Set([...this.seqs(conversationId), ...synced])].sort((one, other) => one - other);
  }

  /** Signs off, as a client that is closed. */
  close(): void {
    this.socket.disconnect();
  }

  /** Is gone without a word: the node keeps the session for a while, so that it could be recovered. */
  cut(): void {
    this.socket.io.engine.close();
  }

  /** Everything of what it has heard, from the beginning: what a test says fits into one page. */
  async #resync(): Promise<void> {
    const positions: SyncRequest['positions'] = {};
    for (const { epoch, conversationId } of this.frames) (positions[epoch] ??= {})[conversationId] = 0;
    this.synced.push(await this.#sync(positions));
  }

  async #sync(positions: SyncRequest['positions']): Promise<SyncPage> {
    return eventually('the node answers a sync', async () => {
      const answer = await this.ask('sync', { positions });
      return answer.ok && answer.reply;
    });
  }
}
