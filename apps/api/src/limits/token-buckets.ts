/** How much may be taken: `burst` at once, and `perSecond` for as long as one likes. */
export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

/** `cost` tokens of the bucket `key`, which is as large as its allowance says. */
export interface Spending extends Allowance {
  readonly key: string;
  readonly cost: number;
}

/** Takes from all of the buckets or from none. @returns 0 when taken, else after how many milliseconds to ask again. */
export type Take = (spendings: readonly Spending[]) => Promise<number>;

/** More buckets than this are not kept: the one that was asked least lately goes, and is full when it is asked again. */
const MOST_BUCKETS = 50_000;

/**
 * Token buckets in the memory of one node. Whoever has one token may take more and owes the rest: else a batch would
 * wait for ever beside another device of the same person that takes each token as it comes.
 */
export class TokenBuckets {
  readonly #buckets = new Map<string, { left: number; at: number }>();
  readonly #most: number;
  readonly #now: () => number;

  /** @param now milliseconds of a clock that only goes forward. */
  constructor(most = MOST_BUCKETS, now = (): number => performance.now()) {
    this.#most = most;
    this.#now = now;
  }

  readonly take: Take = (spendings) => {
    const buckets = spendings.map((spending) => ({ spending, bucket: this.#filled(spending) }));
    const waits = buckets.map(({ spending, bucket }) => ((1 - bucket.left) * 1_000) / spending.perSecond);
    const wait = Math.ceil(Math.max(0, ...waits));
    if (wait === 0) for (const { spending, bucket } of buckets) bucket.left -= spending.cost;
    return Promise.resolve(wait);
  };

  #filled({ key, burst, perSecond }: Spending): { left: number } {
    const at = this.#now();
    const before = this.#buckets.get(key) ?? { left: burst, at };
    const bucket = { left: Math.min(burst, before.left + ((at - before.at) / 1_000) * perSecond), at };
    // A map tells its keys in the order in which they were put: the first is the one that was asked least lately.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#most && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
