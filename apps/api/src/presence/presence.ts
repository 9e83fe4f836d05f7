import type { PresenceSignal, UserId } from '@parley/events';
import type { Redis } from 'ioredis';
import { endLeases, leaseOf, readOnline, renewLeases, type Lease } from './leases.ts';

const LOOK_EVERY_MS = 1_000;
const RENEW_EVERY_MS = 8_000;

/** What the socket server tells about its sockets. Neither call waits or fails. */
export interface SocketWatch {
  connected(userId: UserId, socketId: string): void;
  disconnected(userId: UserId, socketId: string): void;
}

export interface PresenceOptions {
  /** Where leases live: the fan-out Redis. Every node must use the same. */
  readonly redis: Redis;
  /** Tells the sockets of this node. */
  readonly push: (signal: PresenceSignal) => void;
}

/**
 * Who is online. Each socket holds a lease in Redis that its node renews; whoever has a lease is online, so the answer
 * is the same on every node, and a crashed node's people are gone when their leases end. Each node compares what it
 * told its sockets with Redis once a second and tells them the difference: no signal can get lost between nodes.
 */
export class Presence implements SocketWatch {
  readonly #redis: Redis;
  readonly #push: PresenceOptions['push'];
  readonly #held = new Set<Lease>();
  readonly #timers: NodeJS.Timeout[];
  #told: ReadonlySet<UserId> | undefined;
  #version = '';
  #looking = false;

  constructor(options: PresenceOptions) {
    this.#redis = options.redis;
    this.#push = options.push;
    this.#timers = [
      setInterval(() => void this.#look(), LOOK_EVERY_MS),
      setInterval(() => void this.#renew([...this.#held]), RENEW_EVERY_MS),
    ];
    void this.#look();
  }

  connected(userId: UserId, socketId: string): void {
    const lease = leaseOf(userId, socketId);
    this.#held.add(lease);
    void this.#renew([lease]);
  }

  disconnected(userId: UserId, socketId: string): void {
    const lease = leaseOf(userId, socketId);
    this.#held.delete(lease);
    // A lease that could not be shortened runs out by itself.
    void endLeases(this.#redis, [lease]).catch(() => undefined);
  }

  /** @returns who is online now, sorted. @throws whatever Redis answers. */
  async online(): Promise<UserId[]> {
    return (await readOnline(this.#redis)).online ?? [];
  }

  /** Stops telling, and lets this node's leases run out. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const leases = [...this.#held];
    this.#held.clear();
    if (leases.length > 0) await endLeases(this.#redis, leases).catch(() => undefined);
  }

  async #renew(leases: readonly Lease[]): Promise<void> {
    // With Redis away the next round renews: presence is never counted on.
    if (leases.length > 0) await renewLeases(this.#redis, leases).catch(() => undefined);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { version, online } = await readOnline(this.#redis, this.#version);
      this.#version = version;
      if (online) this.#tell(new Set(online));
    } catch {
      this.#version = '';
    } finally {
      this.#looking = false;
    }
  }

  /** The first look only notes: it comes before the first socket, and whoever connects asks for the whole. */
  #tell(online: ReadonlySet<UserId>): void {
    const told = this.#told;
    this.#told = online;
    if (!told) return;
    for (const userId of online) if (!told.has(userId)) this.#push({ userId, online: true });
    for (const userId of told) if (!online.has(userId)) this.#push({ userId, online: false });
  }
}
