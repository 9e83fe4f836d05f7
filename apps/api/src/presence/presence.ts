import { setTimeout as wait } from 'node:timers/promises';
import type { ConversationId, UserId } from '@parley/events';
import { heardConversations } from '@parley/events/log';
import type { Redis } from 'ioredis';
import { away } from '../access/conversation-door.ts';
import { Hearings, type Move } from './hearings.ts';
import { endLeases, leaseOf, readOnline, renewLeases, type Lease } from './leases.ts';

const LOOK_EVERY_MS = 1_000;
const RENEW_EVERY_MS = 8_000;
/** Whoever asks within this time shares one reading: after an outage everybody comes back and asks at once. */
const GATHER_MS = 100;
/** So many people are told of in one look; the others in the next ones. It bounds what one frame can weigh. */
const MOST_TOLD = 250;
/** So many people one answer names, those of the smallest conversations first. */
const MOST_ONLINE = 5_000;

interface Untold extends Move {
  readonly turned: boolean;
}

const nothing: Untold = { turned: false, gained: [], left: [] };

/** What the socket server tells about its sockets. Neither call waits or fails. */
export interface SocketWatch {
  connected(userId: UserId, socketId: string): void;
  disconnected(userId: UserId, socketId: string): void;
}

/** How somebody looks from now on to whoever is in one of `conversations` and in none of `unless`. */
export interface PresenceChange {
  readonly userId: UserId;
  readonly online: boolean;
  readonly conversations: Iterable<ConversationId>;
  readonly unless?: ReadonlySet<ConversationId>;
}

export interface PresenceOptions {
  /** The log Redis, failing fast: leases live there, beside who hears what. Every node must use the same. */
  readonly redis: Redis;
  /** The workspace's directory, once there is one. */
  readonly directory: () => Promise<ConversationId | undefined>;
  /** Tells the sockets of this node all changes of one look. @returns false when it can't now: the next look tells them. */
  readonly push: (changes: readonly PresenceChange[]) => boolean;
}

/**
 * Who is online. Each socket holds a lease in Redis that its node renews; whoever has a lease is online, so the answer
 * is the same on every node, and a crashed node's people are gone when their leases end. Each node compares what it
 * told its sockets with Redis once a second and tells them the difference: no signal can get lost between nodes. It
 * looks at memberships as well: who comes into a conversation is shown to those in it, and no more to those left behind.
 */
export class Presence implements SocketWatch {
  readonly #redis: Redis;
  readonly #push: PresenceOptions['push'];
  readonly #hearings: Hearings;
  readonly #held = new Set<Lease>();
  readonly #timers: NodeJS.Timeout[];
  #online: ReadonlySet<UserId> | undefined;
  #version = '';
  /** Of whom the sockets have not been told yet: whether they came or went, and where they moved. */
  readonly #untold = new Map<UserId, Untold>();
  #looking = false;
  #turn: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(options: PresenceOptions) {
    this.#redis = options.redis;
    this.#push = options.push;
    this.#hearings = new Hearings(options.redis, options.directory);
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

  /**
   * @returns who of those with whom somebody shares a conversation is online now, sorted.
   * @throws RefusalError `unavailable` when Redis is away.
   */
  async online(viewer: UserId): Promise<UserId[]> {
    const [mine] = await Promise.all([heardConversations(this.#redis, viewer), this.#fresh()]).catch(
      (cause: unknown) => {
        throw away(cause);
      },
    );
    const online = this.#online ?? new Set<UserId>();
    const found = new Set(online.has(viewer) ? [viewer] : []);
    for (const circle of this.#hearings.circles(mine)) {
      for (const userId of circle) {
        if (found.size >= MOST_ONLINE) break;
        if (online.has(userId)) found.add(userId);
      }
    }
    return [...found].sort();
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
      await this.#fresh();
      this.#tell();
    } catch {
      // With Redis away nobody is told anything; what changed meanwhile is found afterwards.
    } finally {
      this.#looking = false;
    }
  }

  /** @returns when a reading is through that began after this call. */
  #fresh(): Promise<void> {
    this.#next ??= Promise.all([this.#turn.catch(() => undefined), wait(GATHER_MS)]).then(() => {
      this.#next = undefined;
      this.#turn = this.#read();
      return this.#turn;
    });
    return this.#next;
  }

  async #read(): Promise<void> {
    const { version, online } = await readOnline(this.#redis, this.#version);
    const before = this.#online;
    const now = online ? new Set(online) : (before ?? new Set<UserId>());
    // The first reading only notes: it comes before the first socket, and whoever connects asks for the whole.
    if (before) for (const userId of differing(before, now)) this.#owe(userId, { turned: true });
    this.#version = version;
    this.#online = now;
    const moved = await this.#hearings.refresh(new Set([...now, ...this.#untold.keys()]));
    for (const [userId, move] of moved) this.#owe(userId, move);
  }

  #owe(userId: UserId, more: Partial<Untold>): void {
    const known = this.#untold.get(userId) ?? nothing;
    const { turned = known.turned, gained = [], left = [] } = more;
    this.#untold.set(userId, { turned, gained: [...known.gained, ...gained], left: [...known.left, ...left] });
  }

  #tell(): void {
    const told = [...this.#untold].slice(0, MOST_TOLD);
    if (told.length === 0) return;
    if (!this.#push(told.flatMap(([userId, untold]) => this.#changesOf(userId, untold)))) return;
    for (const [userId] of told) this.#untold.delete(userId);
  }

  #changesOf(userId: UserId, { turned, gained, left }: Untold): PresenceChange[] {
    const online = this.#online?.has(userId) ?? false;
    const now = this.#hearings.of(userId);
    const shown = { userId, online, conversations: turned ? now : gained };
    return left.length === 0 ? [shown] : [shown, { userId, online: false, conversations: left, unless: now }];
  }
}

function differing(one: ReadonlySet<UserId>, other: ReadonlySet<UserId>): UserId[] {
  if (one === other) return [];
  return [...[...one].filter((id) => !other.has(id)), ...[...other].filter((id) => !one.has(id))];
}
