import { hash, verify } from '@node-rs/argon2';
import { RefusalError } from '@parley/events';

/** OWASP's second choice for argon2id: 19 MiB, two passes, one lane. The binding's default algorithm is argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Each takes 19 MiB and some 30 ms of a core: more at once would only make all of them slow. */
const AT_ONCE = 2;

/** Hashes and checks passwords, a bounded number at a time. */
export class Passwords {
  /** Nobody's password, for the work that an unknown name must cost as well. */
  readonly #nobody = hash('nobody has this password', cost);
  readonly #waiting: (() => void)[] = [];
  readonly #mostWaiting: number;
  #running = 0;

  /** @param mostWaiting how many may wait for their turn. */
  constructor(mostWaiting = 64) {
    this.#mostWaiting = mostWaiting;
  }

  /** @returns the argon2id hash in PHC form. @throws RefusalError `rate_limited` when too many wait. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(password, cost));
  }

  /**
   * @param stored the hash to check against; undefined for an unknown name, which takes as long and is never right.
   * @throws RefusalError `rate_limited` when too many wait.
   */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const against = stored ?? (await this.#nobody);
    const right = await this.#inTurn(() => verify(against, password));
    return right && stored !== undefined;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) await this.#wait();
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#mostWaiting) {
      const message = 'Too many people sign in at this moment. Try again in some seconds.';
      throw new RefusalError({ kind: 'rate_limited', message, retryAfterMs: 3_000 });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
