import type { CommandId, UserId } from '@parley/events';
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { OutboxEntry, type NewEntry } from './outbox-entry.ts';
import type { OutboxStore } from './outbox-store.ts';

interface OutboxDatabase extends DBSchema {
  entries: { key: number; value: NewEntry & { order?: number }; indexes: { command: string } };
}

/** Keeps entries in the browser's IndexedDB, one database per user, common to all tabs. */
export class IndexedDbOutboxStore implements OutboxStore {
  readonly #database: IDBPDatabase<OutboxDatabase>;

  private constructor(database: IDBPDatabase<OutboxDatabase>) {
    this.#database = database;
  }

  static async open(userId: UserId): Promise<IndexedDbOutboxStore> {
    const database = await openDB<OutboxDatabase>(`parley-outbox-${userId}`, 1, {
      upgrade(created) {
        const entries = created.createObjectStore('entries', { keyPath: 'order', autoIncrement: true });
        entries.createIndex('command', 'commandId');
      },
    });
    return new IndexedDbOutboxStore(database);
  }

  /** An entry that an older build wrote and this one can't read stays where it is. */
  async all(): Promise<OutboxEntry[]> {
    const stored = await this.#database.getAll('entries');
    return stored.flatMap((entry) => OutboxEntry.safeParse(entry).data ?? []);
  }

  /** `strict`: a typed message must survive a crash of the whole machine. */
  async add(entry: NewEntry): Promise<number> {
    const transaction = this.#database.transaction('entries', 'readwrite', { durability: 'strict' });
    const order = await transaction.store.add(entry);
    await transaction.done;
    return order;
  }

  async swap(old: CommandId, entry: NewEntry): Promise<number | null> {
    const transaction = this.#database.transaction('entries', 'readwrite', { durability: 'strict' });
    const place = await transaction.store.index('command').getKey(old);
    const order = place === undefined ? null : await transaction.store.add(entry);
    if (place !== undefined) await transaction.store.delete(place);
    await transaction.done;
    return order;
  }

  async update(entry: OutboxEntry): Promise<void> {
    const transaction = this.#database.transaction('entries', 'readwrite');
    if ((await transaction.store.getKey(entry.order)) !== undefined) await transaction.store.put(entry);
    await transaction.done;
  }

  async remove(commandIds: readonly CommandId[]): Promise<void> {
    const transaction = this.#database.transaction('entries', 'readwrite');
    for (const commandId of commandIds) {
      const order = await transaction.store.index('command').getKey(commandId);
      if (order !== undefined) await transaction.store.delete(order);
    }
    await transaction.done;
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }
}
