import type { CommandId } from '@parley/events';
import type { NewEntry, OutboxEntry } from './outbox-entry.ts';
import type { OutboxStore } from './outbox-store.ts';

/** Keeps entries as long as the object lives: hand it to the next client to go on. */
export class MemoryOutboxStore implements OutboxStore {
  readonly #entries = new Map<number, OutboxEntry>();
  #last = 0;

  all(): Promise<OutboxEntry[]> {
    return Promise.resolve([...this.#entries.values()]);
  }

  add(entry: NewEntry): Promise<number> {
    return Promise.resolve(this.#put(entry));
  }

  swap(old: CommandId, entry: NewEntry): Promise<number | null> {
    const held = [...this.#entries.values()].find(({ commandId }) => commandId === old);
    const isThere = held !== undefined && this.#entries.delete(held.order);
    return Promise.resolve(isThere ? this.#put(entry) : null);
  }

  update(entry: OutboxEntry): Promise<void> {
    if (this.#entries.has(entry.order)) this.#entries.set(entry.order, entry);
    return Promise.resolve();
  }

  remove(commandIds: readonly CommandId[]): Promise<void> {
    const gone = new Set(commandIds);
    for (const [order, entry] of this.#entries) if (gone.has(entry.commandId)) this.#entries.delete(order);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #put(entry: NewEntry): number {
    const order = ++this.#last;
    this.#entries.set(order, { ...entry, order });
    return order;
  }
}
