import type { PresenceSignal, UserId } from '@parley/events';

/** Who is online: a snapshot at each connect, then what changes. */
export class Presence {
  readonly #changed: () => void;
  #online: ReadonlySet<UserId> = new Set();
  /** Signals that came while a snapshot was under way win over it. */
  #signals: Map<UserId, boolean> | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** A new set after every change. */
  get online(): ReadonlySet<UserId> {
    return this.#online;
  }

  /** Takes a new snapshot. Keeps the old one if it can't be had. */
  async refresh(fetch: () => Promise<{ online: UserId[] }>): Promise<void> {
    const signals = new Map<UserId, boolean>();
    this.#signals = signals;
    const snapshot = await fetch().catch(() => null);
    if (!snapshot || this.#signals !== signals) return;
    this.#signals = null;
    const online = new Set(snapshot.online);
    for (const [userId, isOnline] of signals) put(online, userId, isOnline);
    this.#show(online);
  }

  take({ userId, online }: PresenceSignal): void {
    this.#signals?.set(userId, online);
    if (this.#online.has(userId) === online) return;
    const next = new Set(this.#online);
    put(next, userId, online);
    this.#show(next);
  }

  #show(online: ReadonlySet<UserId>): void {
    this.#online = online;
    this.#changed();
  }
}

function put(online: Set<UserId>, userId: UserId, isOnline: boolean): void {
  if (isOnline) online.add(userId);
  else online.delete(userId);
}
