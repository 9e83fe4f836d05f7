import { RefusalError, type ConversationId, type Epoch, type WireEvent } from '@parley/events';
import type { EventLog } from '@parley/events/log';

/** Archived events of a conversation, `from`…`to` in seq order; gaps only where nothing is archived. */
export type ReadArchived = (conversationId: ConversationId, from: number, to: number) => Promise<WireEvent[]>;

/** @returns those of the seqs that nobody will ever read as events. */
export type FindLost = (conversationId: ConversationId, seqs: readonly number[]) => Promise<readonly number[]>;

/** A run of events with their size together, in bytes of JSON, and the seqs between them whose entries are broken. */
export interface SizedEvents {
  readonly events: readonly WireEvent[];
  readonly lost: readonly number[];
  readonly bytes: number;
}

/** How long a run is shared between readers, in milliseconds: long enough for everybody who comes back at once. */
const SHARE_MS = 1_000;
const SHARED_RUNS = 512;

/**
 * Reads runs of events from the log's hot window, else from the archive. Many readers that want the same run within a
 * moment share one reading.
 */
export class EventReader {
  readonly #log: Pick<EventLog, 'events'>;
  readonly #archived: ReadArchived;
  readonly #findLost: FindLost;
  readonly #shared = new Map<string, Promise<SizedEvents>>();

  constructor(log: Pick<EventLog, 'events'>, archived: ReadArchived, findLost: FindLost) {
    this.#log = log;
    this.#archived = archived;
    this.#findLost = findLost;
  }

  /**
   * @returns the events `from`…`to`, dense but for what is lost.
   * @throws RefusalError `unavailable` when one of them can be read nowhere now.
   */
  read(conversationId: ConversationId, epoch: Epoch, from: number, to: number): Promise<SizedEvents> {
    const key = `${conversationId}/${epoch}/${from}/${to}`;
    const known = this.#shared.get(key);
    if (known) return known;
    const reading = this.#readDense(conversationId, from, to);
    if (this.#shared.size < SHARED_RUNS) {
      this.#shared.set(key, reading);
      const forget = (): void => void this.#shared.delete(key);
      reading.then(() => setTimeout(forget, SHARE_MS).unref(), forget);
    }
    return reading;
  }

  async #readDense(conversationId: ConversationId, from: number, to: number): Promise<SizedEvents> {
    // Twice: between the two reads an event may move from the log's window to the archive.
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const events = await this.#readOnce(conversationId, from, to);
      if (isDense(events, from, to)) return sized(events, []);
      const lost = attempt === 1 ? [] : await this.#lostOf(conversationId, events, { from, to });
      if (lost.length > 0) return sized(events, lost);
    }
    throw new RefusalError({ kind: 'unavailable', message: 'A part of the history can not be read now. Try again.' });
  }

  /** @returns what is missing, if all of it is lost; else nothing. */
  async #lostOf(
    conversationId: ConversationId,
    events: readonly WireEvent[],
    { from, to }: { from: number; to: number },
  ): Promise<readonly number[]> {
    const there = new Set<number>(events.map(({ seq }) => seq));
    const missing = Array.from({ length: to - from + 1 }, (_, at) => from + at).filter((seq) => !there.has(seq));
    const lost = await this.#findLost(conversationId, missing);
    return lost.length === missing.length ? lost : [];
  }

  async #readOnce(conversationId: ConversationId, from: number, to: number): Promise<WireEvent[]> {
    const hot = await this.#log.events(conversationId, from, to);
    const first = hot[0]?.seq ?? to + 1;
    if (first <= from) return hot;
    return [...(await this.#archived(conversationId, from, first - 1)), ...hot];
  }
}

function sized(events: readonly WireEvent[], lost: readonly number[]): SizedEvents {
  return { events, lost, bytes: Buffer.byteLength(JSON.stringify(events)) };
}

function isDense(events: readonly WireEvent[], from: number, to: number): boolean {
  return events.length === to - from + 1 && events.every((event, at) => event.seq === from + at);
}
