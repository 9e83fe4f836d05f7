import { shadows, type Database } from '@parley/read-models';
import type { ClientSession } from 'mongodb';

/** A rebuild that did not renew its lease for so long is dead. */
const LEASE_MS = 60_000;
const RENEWED_EVERY_MS = 15_000;

/** Keeps the copies of a rebuild from being dropped by another one, as long as its process lives. */
export class ShadowLease {
  readonly #database: Database;
  readonly #suffix: string;
  readonly #renewal: NodeJS.Timeout;

  private constructor(database: Database, suffix: string) {
    this.#database = database;
    this.#suffix = suffix;
    this.#renewal = setInterval(() => {
      // One renewal that fails is made up for by the next.
      this.#extend().catch(() => undefined);
    }, RENEWED_EVERY_MS);
    this.#renewal.unref();
  }

  /** Takes it, before the first copy is made. @returns the lease of the copies whose names end in `suffix`. */
  static async take(database: Database, suffix: string): Promise<ShadowLease> {
    const lease = new ShadowLease(database, suffix);
    try {
      await lease.#extend({ upsert: true });
      return lease;
    } catch (error) {
      lease.stop();
      throw error;
    }
  }

  /**
   * Gives it up, in a transaction or outside of one.
   * @returns whether it was still held; else the copies have become the live ones, or somebody has dropped them.
   */
  async end(session?: ClientSession): Promise<boolean> {
    const options = session ? { session } : {};
    const { deletedCount } = await this.#database.collection(shadows).deleteOne({ _id: this.#suffix }, options);
    return deletedCount === 1;
  }

  /** Renews it no more. */
  stop(): void {
    clearInterval(this.#renewal);
  }

  /** By the server's clock: it is compared with nobody else's. */
  async #extend(options: { upsert?: boolean } = {}): Promise<void> {
    const until = { $add: ['$$NOW', LEASE_MS] };
    await this.#database.collection(shadows).updateOne({ _id: this.#suffix }, [{ $set: { until } }], options);
  }
}

/** @returns what the names of all copies end in that a rebuild fills now. Leases of the dead are taken away first. */
export async function suffixesInUse(database: Database): Promise<string[]> {
  const leases = database.collection(shadows);
  await leases.deleteMany({ $expr: { $lt: ['$until', '$$NOW'] } });
  return (await leases.find().toArray()).map(({ _id }) => _id);
}
