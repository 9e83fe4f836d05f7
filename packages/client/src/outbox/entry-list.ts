import type { CommandId, ConversationId } from '@parley/events';
import type { OutboxEntry } from './outbox-entry.ts';

/** All entries of an outbox in memory: by command, and by lane in order. */
export class EntryList {
  readonly #byCommand = new Map<CommandId, OutboxEntry>();
  readonly #lanes = new Map<ConversationId, OutboxEntry[]>();

  get lanes(): ConversationId[] {
    return [...this.#lanes.keys()];
  }

  values(): Iterable<OutboxEntry> {
    return this.#byCommand.values();
  }

  get(commandId: CommandId): OutboxEntry | undefined {
    return this.#byCommand.get(commandId);
  }

  /** @returns the entries of a lane in order. Not to be changed by the caller. */
  lane(lane: ConversationId): readonly OutboxEntry[] {
    return this.#lanes.get(lane) ?? [];
  }

  put(entry: OutboxEntry): void {
    const entries = this.#lanes.get(entry.lane) ?? [];
    this.#lanes.set(entry.lane, entries);
    this.#byCommand.set(entry.commandId, entry);
    const at = placeFor(entries, entry.order);
    entries.splice(at, entries[at]?.order === entry.order ? 1 : 0, entry);
  }

  remove(commandId: CommandId): OutboxEntry | undefined {
    const entry = this.#byCommand.get(commandId);
    if (!entry) return undefined;
    this.#byCommand.delete(commandId);
    const entries = this.#lanes.get(entry.lane) ?? [];
    const at = placeFor(entries, entry.order);
    if (entries[at]?.order === entry.order) entries.splice(at, 1);
    if (entries.length === 0) this.#lanes.delete(entry.lane);
    return entry;
  }
}

/** @returns the index of the first entry whose order is not below. Binary search. */
function placeFor(entries: readonly OutboxEntry[], order: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.order ?? 0) < order) low = middle + 1;
    else high = middle;
  }
  return low;
}
