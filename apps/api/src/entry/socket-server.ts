import type { Server as HttpServer } from 'node:http';
import type { ConversationId, Mark } from '@parley/events';
import type { FanOut } from '@parley/events/log';
import type { Redis } from 'ioredis';
import { Server } from 'socket.io';
import * as parser from 'socket.io-parser';
import type { HandleCommands } from '../commands/handle-commands.ts';
import type { ChatServer, ChatSocket } from '../delivery/chat-socket.ts';
import { Delivery } from '../delivery/delivery.ts';
import { gatherWrites, type EngineSocket } from '../delivery/gather-writes.ts';
import type { RaiseMark } from '../delivery/marks.ts';
import { pushPresence } from '../delivery/presence-push.ts';
import { RECOVERY_MS } from '../delivery/recovery.ts';
import { deviceRoom } from '../delivery/rooms.ts';
import { SignalSender } from '../delivery/signals.ts';
import { cutIfSlow } from '../delivery/slow-socket.ts';
import type { Sync } from '../delivery/sync.ts';
import { signalTyping } from '../delivery/typing.ts';
import { Admission } from '../limits/admission.ts';
import type { Limit } from '../limits/limit.ts';
import { SocketPlaces } from '../limits/socket-places.ts';
import type { Logger } from '../logger.ts';
import type { PresenceChange, SocketWatch } from '../presence/presence.ts';
import { BoundedDecoder, MAX_KEPT_BYTES } from './bounded-decoder.ts';
import { closeSockets } from './socket-drain.ts';
import { authenticateAgain, connectError, greet, isAllowedOrigin, type SessionDoor } from './socket-handshake.ts';
import { closeAtExpiry, refuseEnded } from './socket-lifetime.ts';
import { answerRequests, type AnsweredRequest, type RequestHandlers } from './socket-requests.ts';

export interface SocketServerOptions {
  /** Listens, or will. Closing it is left to its owner. */
  readonly server: HttpServer;
  /** Origins whose pages may connect. */
  readonly origins: readonly string[];
  /** Whether short drops may be bridged by connection state recovery. */
  readonly recovery: boolean;
  /** How long such a recovery may take, in milliseconds; a second by default. */
  readonly restoreWithinMs?: number;
  /** From `connectFanOut`. Closing it, after this server, is left to its owner. */
  readonly redis: Redis;
  readonly fanOut: FanOut;
  readonly sessions: SessionDoor;
  /** Reads all revocations anew; called at first and whenever some may have been missed. */
  readonly reload: () => Promise<void>;
  readonly handleCommands: HandleCommands;
  readonly sync: Sync;
  readonly raiseMark: RaiseMark;
  readonly limit: Limit;
  /** Sockets that one person may have here. */
  readonly socketsEach: number;
  /** How many come in at once; the usual bounds by default. */
  readonly admission?: Admission;
  readonly watch: SocketWatch;
  /** The workspace's directory, once there is one: nobody talks there. */
  readonly directory: () => Promise<ConversationId | undefined>;
  readonly logger: Logger;
}

const SWEEP_MS = 1_000;

/** The socket side of a node: handshake, requests, and what it sends by itself. */
export class SocketServer {
  readonly io: ChatServer;
  readonly delivery: Delivery;
  readonly #options: SocketServerOptions;
  readonly #signals: SignalSender;
  readonly #handlers: RequestHandlers;
  readonly #sweep: NodeJS.Timeout;
  readonly #admission: Admission;
  readonly #places: SocketPlaces;
  /** What ends the way in of a socket that has not synced yet. */
  readonly #entering = new WeakMap<ChatSocket, () => void>();

  constructor(options: SocketServerOptions) {
    this.#options = options;
    const { redis, recovery, restoreWithinMs, fanOut, reload, logger } = options;
    const stands = options.sessions.stands;
    this.delivery = new Delivery({ redis, recovery, restoreWithinMs, fanOut, stands, reload, logger });
    this.io = new Server(options.server, this.#settings());
    this.delivery.serve(this.io);
    this.io.engine.on('connection', (connection: unknown) => gatherWrites(connection as EngineSocket));
    this.#signals = new SignalSender(this.io, () => redis.status === 'ready');
    this.#handlers = this.#requestHandlers();
    this.#admission = options.admission ?? new Admission();
    this.#places = new SocketPlaces(options.socketsEach);
    this.io.use((socket, next) => {
      this.#admit(socket).then(
        () => next(),
        (error: unknown) => next(connectError(error)),
      );
    });
    this.io.on('connection', (socket) => this.#welcome(socket));
    this.#sweep = setInterval(() => this.#sweepSockets(), SWEEP_MS);
  }

  /** @returns what this node waits for before it may serve, one short text for each; empty when it is ready. */
  reasons(): readonly string[] {
    return this.delivery.reasons();
  }

  /** Tells a mark to the members of its conversation, on all nodes. */
  announceMark(mark: Mark): void {
    this.#signals.mark(mark);
  }

  /**
   * Tells the sockets of this node who came or went, each of them only of people with whom it is in a conversation.
   * @returns false, and nobody is told, while sockets are out of their rooms: they would never hear of it.
   */
  pushPresence(changes: readonly PresenceChange[]): boolean {
    if (!this.delivery.settled()) return false;
    pushPresence(this.io, changes);
    return true;
  }

  /** Asks the clients to go elsewhere, gives them `withinMs` for it, then closes every socket so that it can recover. */
  async close(withinMs = 1_000): Promise<void> {
    clearInterval(this.#sweep);
    await closeSockets(this.io, withinMs);
    this.delivery.stop();
  }

  #settings(): ConstructorParameters<typeof Server>[1] & object {
    const origins = new Set(this.#options.origins);
    return {
      transports: ['websocket'],
      serveClient: false,
      perMessageDeflate: false,
      httpCompression: false,
      maxHttpBufferSize: MAX_KEPT_BYTES,
      parser: { ...parser, Decoder: BoundedDecoder },
      connectTimeout: 10_000,
      pingInterval: 20_000,
      pingTimeout: 15_000,
      adapter: this.delivery.adapter,
      // The request that makes it a WebSocket is all there is of HTTP here.
      allowRequest: (request, decide) => decide(null, isAllowedOrigin(request, origins)),
      ...(this.#options.recovery && {
        connectionStateRecovery: { maxDisconnectionDuration: RECOVERY_MS, skipMiddlewares: false },
      }),
    };
  }

  /** Who may come in waits for its turn; that is over with the first sync, or with the connection. */
  async #admit(socket: ChatSocket): Promise<void> {
    await greet(socket, this.#options.sessions);
    const giveBack = this.#places.take(socket.data.actor.userId);
    atClose(socket, giveBack);
    const leave = await this.#admission.enter().catch((error: unknown) => {
      // Its connection may stay, and ask again.
      giveBack();
      throw error;
    });
    this.#entering.set(socket, leave);
    atClose(socket, leave);
  }

  #requestHandlers(): RequestHandlers {
    const { handleCommands, sync, raiseMark, sessions } = this.#options;
    return {
      command: (socket, request) => handleCommands(socket.data.actor, request),
      sync: async (socket, request) => {
        await this.delivery.entered(socket);
        const page = await sync(socket.data.actor.userId, request);
        this.#entering.get(socket)?.();
        return page;
      },
      mark: async (socket, request) => {
        await raiseMark(socket.data.actor.userId, request);
        return {};
      },
      typing: async (socket, request) => {
        const quiet = await this.#options.directory();
        signalTyping(this.#signals, socket, request, quiet);
        return {};
      },
      authenticate: async (socket, { token }) => {
        await authenticateAgain(socket, sessions, token);
        closeAtExpiry(socket, sessions);
        return {};
      },
    };
  }

  #welcome(socket: ChatSocket): void {
    const { sessions, watch, limit } = this.#options;
    const { actor } = socket.data;
    if (!sessions.stands(actor)) {
      socket.disconnect(true);
      return;
    }
    void socket.join(deviceRoom(actor.deviceId));
    const before = (asking: ChatSocket): void => refuseEnded(asking, sessions);
    const answered = (request: AnsweredRequest): void => this.#answered(socket, request);
    answerRequests(socket, this.#handlers, { before, limit, answered });
    closeAtExpiry(socket, sessions);
    this.delivery.welcome(socket);
    watch.connected(actor.userId, socket.id);
    socket.on('disconnect', () => watch.disconnected(actor.userId, socket.id));
  }

  #answered(socket: ChatSocket, { name, ms, refusal, error }: AnsweredRequest): void {
    const { logger } = this.#options;
    if (error !== undefined) logger.error({ route: name, userId: socket.data.actor.userId, error }, 'a request failed');
    else logger.debug({ route: name, ms, ...(refusal && { kind: refusal.kind }) }, 'answered');
  }

  /** What no push reached: ended sessions; and sockets whose clients do not read. */
  #sweepSockets(): void {
    for (const socket of this.io.of('/').sockets.values()) {
      if (!this.#options.sessions.stands(socket.data.actor)) socket.disconnect(true);
      else if (cutIfSlow(socket)) this.delivery.counts.slowSockets += 1;
    }
  }
}

/** Calls `then` when the connection is over, at once where it is already. */
function atClose({ conn }: ChatSocket, then: () => void): void {
  conn.once('close', then);
  if (conn.readyState !== 'open') then();
}
