import { randomUUID } from 'node:crypto';
import { openDatabase } from '@parley/read-models';

const writers = 4;

/**
 * Writes numbered documents into MongoDB as Parley writes what it must not lose, by majority and journal, and remembers
 * which were acknowledged.
 */
export class JournaledWrites {
  readonly #url: string;
  readonly #run = randomUUID();
  readonly #acked = new Set<string>();
  readonly #running: Promise<void>;
  #next = 0;
  #over = false;

  constructor(mongoUrl: string) {
    this.#url = mongoUrl;
    this.#running = this.#write();
  }

  get acked(): number {
    return this.#acked.size;
  }

  /** Ends the writing. To be called once the server is dead. */
  async stop(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  /** @returns how many acknowledged documents a server does not hold. */
  async gone(): Promise<number> {
    await using database = openDatabase(this.#url);
    const found = await numbers(database).find().toArray();
    const kept = new Set(found.map(({ _id }) => _id));
    return [...this.#acked].filter((number) => !kept.has(number)).length;
  }

  async #write(): Promise<void> {
    await using database = openDatabase(this.#url);
    const write = async (): Promise<void> => {
      while (!this.#isOver()) {
        const _id = `${this.#run} ${this.#next++}`;
        const done = await numbers(database)
          .insertOne({ _id }, { writeConcern: { w: 'majority', journal: true } })
          .catch(() => null);
        if (!done) return;
        this.#acked.add(_id);
      }
    };
    await Promise.all(Array.from({ length: writers }, write));
  }

  #isOver(): boolean {
    return this.#over;
  }
}

function numbers(database: ReturnType<typeof openDatabase>) {
  return database.client.db('battery').collection<{ _id: string }>('numbers');
}
