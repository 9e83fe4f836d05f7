import type { CommandId } from '@parley/events';
import type { NewEntry, OutboxEntry } from './outbox-entry.ts';

/** Where an outbox keeps its entries. Each promise resolves when the change would survive a reload or restart. */
export interface OutboxStore {
  /** @returns all entries in `order`. */
  all(): Promise<OutboxEntry[]>;
  /** Adds an entry behind all others, also those of other tabs. @returns its `order`. */
  add(entry: NewEntry): Promise<number>;
  /** Replaces the entry of the same `order`; does nothing if it is gone. */
  update(entry: OutboxEntry): Promise<void>;
  remove(commandIds: readonly CommandId[]): Promise<void>;
  close(): Promise<void>;
}
