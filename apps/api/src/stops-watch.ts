import { stoppedPartitions, type Database } from '@parley/read-models';

const EVERY_MS = 2_000;

/** Watches whether the projection of a partition stands still: then its history and lists wait, and somebody has to look. */
export class StopsWatch implements Disposable {
  readonly #database: Database;
  readonly #timer: NodeJS.Timeout;
  #stopped: readonly number[] = [];
  #looking = false;

  constructor(database: Database) {
    this.#database = database;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS).unref();
  }

  /** @returns one short text where anything stands still. Everybody may read it: it does not say why. */
  impaired(): readonly string[] {
    if (this.#stopped.length === 0) return [];
    const which = `${this.#stopped.length === 1 ? 'partition' : 'partitions'} ${this.#stopped.join(', ')}`;
    return [`the projection of ${which} stands still: \`npm run parley -- status\` says why, and what to do`];
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** With MongoDB away, what was last seen stands. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const found = await stoppedPartitions(this.#database).catch(() => undefined);
    if (found) this.#stopped = found.map(({ partition }) => partition);
    this.#looking = false;
  }
}
