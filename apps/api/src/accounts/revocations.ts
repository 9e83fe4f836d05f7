import type { DeviceId } from '@parley/events';
import { ACCESS_LIFE_MS } from './access-token.ts';
import type { Sessions } from './sessions.ts';

const LOOK_MS = 1_000;
/** A MongoDB that has not answered a look for so long is away, whatever its connections look like. */
const LATELY_MS = 5_000;
/** Nodes' clocks may differ by this much; and a write is seen some moments after its time. */
const SLACK_MS = 60_000;

/**
 * The sessions that are over while their access tokens could still be shown. Asked on each request without a round
 * trip; read anew from MongoDB each second, so that a sign-out on any node holds on all of them.
 */
export class Revocations {
  readonly #sessions: Pick<Sessions, 'revokedSince'>;
  readonly #timer: NodeJS.Timeout;
  #revoked: ReadonlySet<DeviceId> = new Set();
  /** Those that this node ended itself: it knows them before MongoDB tells. */
  readonly #own = new Map<DeviceId, number>();
  #answeredAt = -Infinity;
  #looks = 0;
  #newest = 0;

  constructor(sessions: Pick<Sessions, 'revokedSince'>) {
    this.#sessions = sessions;
    // With MongoDB away nobody can sign out either; what is known stays known.
    this.#timer = setInterval(() => void this.reload().catch(() => undefined), LOOK_MS);
  }

  /** @returns whether the session of a device stands, by what this node knows. */
  stands(deviceId: DeviceId): boolean {
    return !this.#revoked.has(deviceId) && !this.#own.has(deviceId);
  }

  /** @returns whether MongoDB has answered a look lately. */
  get areFresh(): boolean {
    return performance.now() - this.#answeredAt < LATELY_MS;
  }

  /** This node has ended a session. */
  add(deviceId: DeviceId): void {
    this.#own.set(deviceId, Date.now());
  }

  /** Reads all that count. An answer that is overtaken by a later look's says nothing. @throws what MongoDB answers. */
  async reload(): Promise<void> {
    const oldest = Date.now() - ACCESS_LIFE_MS - SLACK_MS;
    this.#looks += 1;
    const look = this.#looks;
    const revoked = await this.#sessions.revokedSince(new Date(oldest));
    if (look < this.#newest) return;
    this.#newest = look;
    this.#revoked = new Set(revoked);
    this.#answeredAt = performance.now();
    for (const [deviceId, at] of this.#own) if (at < oldest) this.#own.delete(deviceId);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
