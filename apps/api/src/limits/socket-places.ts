import { RefusalError, type Refusal, type UserId } from '@parley/events';

const tooMany: Refusal = {
  kind: 'rate_limited',
  message: 'You are connected too many times. Close some windows, or end programs that connect as you.',
  retryAfterMs: 5_000,
};

/** How many sockets each person has on this node, waiting ones too: nobody takes the places of all others. */
export class SocketPlaces {
  readonly #most: number;
  readonly #taken = new Map<UserId, number>();

  /** @param most sockets of one person. */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * @returns what gives the place back; more than once does no harm.
   * @throws RefusalError `rate_limited` when all of a person's places are taken.
   */
  take(userId: UserId): () => void {
    const taken = this.#taken.get(userId) ?? 0;
    if (taken >= this.#most) throw new RefusalError(tooMany);
    this.#taken.set(userId, taken + 1);
    let isBack = false;
    return () => {
      if (!isBack) this.#giveBack(userId);
      isBack = true;
    };
  }

  #giveBack(userId: UserId): void {
    const left = (this.#taken.get(userId) ?? 0) - 1;
    if (left > 0) this.#taken.set(userId, left);
    else this.#taken.delete(userId);
  }
}
