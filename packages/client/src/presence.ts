import type { PresenceChanges, UserId } from '@parley/events';

/** Who is online of those with whom one shares a conversation: a snapshot at each connect, then what changes. */
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
    for (const [userId, isOnline] of signals) {
      if (isOnline) online.add(userId);
      else online.delete(userId);
    }
    this.#show(online);
  }

  take(changes: PresenceChanges): void {
    for (const userId of changes.online) this.#signals?.set(userId, true);
    for (const userId of changes.offline) this.#signals?.set(userId, false);
    const next = new Set(this.#online);
    for (const userId of changes.online) next.add(userId);
    for (const userId of changes.offline) next.delete(userId);
    const isNew = next.size !== this.#online.size || [...next].some((userId) => !this.#online.has(userId));
    if (isNew) this.#show(next);
  }

  #show(online: ReadonlySet<UserId>): void {
    this.#online = online;
    this.#changed();
  }
}
