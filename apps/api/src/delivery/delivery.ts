import type { Actor, UserId } from '@parley/events';
import { newId } from '@parley/events';
import type { FanOut } from '@parley/events/log';
import type { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import { broadcastText } from './broadcast.ts';
import { NO_RECOVERY, push, type ChatServer, type ChatSocket } from './chat-socket.ts';
import { Entry, type Heard } from './entry.ts';
import { createFanOutAdapter, type StreamsAdapter } from './fan-out.ts';
import { Heartbeat } from './heartbeat.ts';
import { checkRecovery, type RecoveringAdapter } from './recovery.ts';
import { boundQueue } from './slow-socket.ts';

export interface DeliveryOptions {
  readonly redis: Redis;
  readonly recovery: boolean;
  /** See `RecoveryPorts`. */
  readonly restoreWithinMs?: number | undefined;
  readonly fanOut: Pick<FanOut, 'enter' | 'heartbeat' | 'userVersion'>;
  readonly stands: (actor: Actor) => boolean;
  /** Reads all revocations anew. */
  readonly reload: () => Promise<void>;
  readonly logger: Logger;
}

const RELOAD_RETRY_MS = 500;

/**
 * Live delivery of one node. It delivers only while it hears its own heartbeat through the fan-out and knows every
 * revocation; whatever breaks that takes all sockets out of their rooms, and lets them in again at a new place.
 */
export class Delivery {
  /** For Socket.IO's option of that name. */
  readonly adapter: ReturnType<typeof createFanOutAdapter>;
  readonly counts = { holes: 0, deaf: 0, recovered: 0, slowSockets: 0 };
  readonly #options: DeliveryOptions;
  readonly #entry: Entry;
  #heartbeat: Heartbeat | undefined;
  #adapter: StreamsAdapter | undefined;
  #io: ChatServer | undefined;
  /** Grows with each thing that may have hidden a revocation; `#reloaded` follows when all were read after it. */
  #missed = 1;
  #reloaded = 0;
  #reloading = false;
  /** Whether the last entry was refused. */
  #shut = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { redis, recovery, stands } = options;
    this.#entry = new Entry({
      enter: (marker, userIds) => this.#enter(marker, userIds),
      open: () => this.#delivering(),
      stands: (socket) => stands(socket.data.actor),
      resynced: (socket) => this.#io && push(this.#io, socket, 'resync', {}),
    });
    const events = {
      hole: () => this.#hole(),
      marker: (marker: string) => this.#entry.reached(marker),
      heartbeat: () => this.#heartbeat?.heard(),
      membership: (rooms: readonly string[]) => this.#countMembership(rooms),
      delivering: () => this.#delivering(),
    };
    this.adapter = createFanOutAdapter({ redis, recovery, events, extend: (adapter) => this.#extend(adapter) });
  }

  /** Begins to work for a server that uses `adapter`. */
  serve(io: ChatServer): void {
    this.#io = io;
    const { fanOut } = this.#options;
    const nodeId = this.#node().uid;
    this.#heartbeat = new Heartbeat(
      () => fanOut.heartbeat(nodeId, newId()),
      (hearing) => this.#hearingChanged(hearing),
    );
  }

  /** @returns why this node may not deliver or take commands, one short text for each; empty when it may. */
  reasons(): readonly string[] {
    const reasons = [];
    if (this.#heartbeat?.hearing !== true) reasons.push('this node does not hear the fan-out');
    if (this.#reloaded !== this.#missed) reasons.push('the revoked sessions are not loaded');
    return reasons;
  }

  /** @returns whether every socket hears what it is to hear: none is out of its rooms for a while. */
  settled(): boolean {
    return this.#delivering() && !this.#entry.returning;
  }

  /** A new socket, recovered or not: it enters its rooms at a place in the stream. */
  welcome(socket: ChatSocket): void {
    socket.once('disconnect', () => this.#entry.remove(socket));
    const { missed } = socket.data;
    delete socket.data.missed;
    if (socket.recovered) this.counts.recovered += 1;
    for (const packet of missed ?? []) broadcastText(this.#node(), { packet, rooms: [socket.id] });
    boundQueue(socket, () => (this.counts.slowSockets += 1));
    socket.data.memberships = NO_RECOVERY;
    this.#entry.add(socket);
  }

  /** @returns when the socket hears everything that happens from then on. */
  entered(socket: ChatSocket): Promise<void> {
    return this.#entry.entered(socket);
  }

  /** Ends the reading of the fan-out. */
  stop(): void {
    this.#heartbeat?.stop();
    void this.#io?.of('/').adapter.close();
  }

  #node(): StreamsAdapter {
    if (!this.#adapter) throw new Error('The delivery needs a Socket.IO server that uses its adapter.');
    return this.#adapter;
  }

  #extend(adapter: StreamsAdapter): void {
    this.#adapter = adapter;
    const { redis, recovery, restoreWithinMs, stands, fanOut } = this.#options;
    if (!recovery) return;
    const memberships = (userId: UserId): Promise<number> => fanOut.userVersion(userId);
    checkRecovery(adapter as unknown as RecoveringAdapter, { redis, stands, memberships, restoreWithinMs });
  }

  #delivering(): boolean {
    return this.#heartbeat?.hearing === true && this.#reloaded === this.#missed;
  }

  async #enter(marker: string, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Heard>> {
    const entries = await this.#options.fanOut.enter(this.#node().uid, marker, userIds).catch((error: unknown) => {
      this.#tellShut(error);
      throw error;
    });
    this.#shut = false;
    return new Map(
      userIds.map((userId, at) => {
        const entry = entries[at];
        return [userId, { conversations: entry?.conversationIds ?? [], memberships: entry?.version ?? NO_RECOVERY }];
      }),
    );
  }

  /** Tried again four times a second, told once: a fan-out of its own stays shut until a worker has filled it. */
  #tellShut(error: unknown): void {
    if (!this.#shut) this.#options.logger.warn({ error }, 'nobody can enter the fan-out now; it is tried again');
    this.#shut = true;
  }

  #hole(): void {
    this.counts.holes += 1;
    this.#options.logger.warn({ count: this.counts.holes }, 'the fan-out has a hole: all sockets enter again');
    this.#startOver();
  }

  #hearingChanged(hearing: boolean): void {
    if (hearing) {
      this.#startOver();
      return;
    }
    this.counts.deaf += 1;
    this.#options.logger.warn({}, 'this node does not hear the fan-out: nothing is delivered');
    this.#entry.restart(this.#sockets());
  }

  #startOver(): void {
    this.#missed += 1;
    this.#entry.restart(this.#sockets());
    void this.#reload();
  }

  async #reload(): Promise<void> {
    if (this.#reloading) return;
    this.#reloading = true;
    let told = false;
    while (this.#reloaded !== this.#missed) {
      const upTo = this.#missed;
      try {
        await this.#options.reload();
        this.#reloaded = upTo;
      } catch (error) {
        if (!told) this.#options.logger.warn({ error }, 'the revoked sessions could not be loaded; trying again');
        told = true;
        await new Promise((again) => setTimeout(again, RELOAD_RETRY_MS).unref());
      }
    }
    this.#reloading = false;
    if (told) this.#options.logger.info({}, 'the revoked sessions are loaded again');
    this.#entry.resume();
  }

  #sockets(): Iterable<ChatSocket> {
    return [...(this.#io?.of('/').sockets.values() ?? [])];
  }

  /** Each change of what a user hears is one entry here, and one more in the user's membership version. */
  #countMembership(rooms: readonly string[]): void {
    const { rooms: index, nsp } = this.#node();
    for (const room of rooms) {
      for (const id of index.get(room) ?? []) {
        const socket = nsp.sockets.get(id) as ChatSocket | undefined;
        if (socket && socket.data.memberships !== NO_RECOVERY) socket.data.memberships += 1;
      }
    }
  }
}
