import type { CommandId } from '@parley/events';
import type { NewEntry, OutboxEntry } from './outbox-entry.ts';

/** Where an outbox keeps its entries. Each promise resolves when the change would survive a reload or restart. */
export interface OutboxStore {
  /** @returns all entries in `order`. */
  all(): Promise<OutboxEntry[]>;
  /** Adds an entry behind all others, also those of other tabs. @returns its `order`. */
  add(entry: NewEntry): Promise<number>;
  /**
   * Swaps an entry for one behind all others: both or neither is done, and of several who ask for it one does it.
   * @returns the new one's `order`; null if the old one was gone, and then nothing is added.
   */
  swap(old: CommandId, entry: NewEntry): Promise<number | null>;
  /** Replaces the entry of the same `order`; does nothing if it is gone. */
  update(entry: OutboxEntry): Promise<void>;
  remove(commandIds: readonly CommandId[]): Promise<void>;
  close(): Promise<void>;
}
