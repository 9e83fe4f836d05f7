import type { DeviceId } from '@parley/events';
import { ACCESS_LIFE_MS, type Identity } from './access-token.ts';
import type { Sessions } from './sessions.ts';

/** More devices than this are not remembered; one that is forgotten is noted once more, which does no harm. */
const MOST_DEVICES = 50_000;

/**
 * Notes when an access token is used for the first time: then its client has what came with it, and the refresh token
 * before may not come back. Nobody waits for it.
 */
export class FirstUses {
  readonly #sessions: Pick<Sessions, 'used'>;
  /** By device, the end of the newest access token whose use is noted. */
  readonly #noted = new Map<DeviceId, number>();

  constructor(sessions: Pick<Sessions, 'used'>) {
    this.#sessions = sessions;
  }

  /** Called for each use; only the first of a token has a cost. With MongoDB away, the next use notes it. */
  note({ deviceId, expiresAt }: Identity): void {
    if ((this.#noted.get(deviceId) ?? 0) >= expiresAt) return;
    this.#noted.set(deviceId, expiresAt);
    const [oldest] = this.#noted.keys();
    if (this.#noted.size > MOST_DEVICES && oldest !== undefined) this.#noted.delete(oldest);
    this.#sessions.used(deviceId, expiresAt - ACCESS_LIFE_MS).catch(() => this.#noted.delete(deviceId));
  }
}
