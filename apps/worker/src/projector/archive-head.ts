import type { ConversationId } from '@parley/events';
import { archiveHeads, idBinary, idText, type Database } from '@parley/read-models';

/** How far a conversation is archived. `chain` is missing behind a hole. */
export interface ArchiveHead {
  readonly seq: number;
  readonly chain: Buffer | undefined;
}

/** About 1 MB in a worker that holds every partition. */
const MOST_KNOWN = 2_000;

/** The archive heads that a projector knows, read once for each conversation while it holds the fence. */
export class ArchiveHeads {
  readonly #database: Database;
  readonly #known = new Map<ConversationId, ArchiveHead>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the heads of these conversations; the map may hold more. */
  async of(conversations: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, ArchiveHead>> {
    if (this.#known.size > MOST_KNOWN) this.#known.clear();
    const missing = new Set(conversations.filter((id) => !this.#known.has(id)));
    if (missing.size > 0) await this.#read([...missing]);
    return this.#known;
  }

  /** Takes over what a committed batch moved. */
  moved(heads: ReadonlyMap<ConversationId, ArchiveHead>): void {
    for (const [id, head] of heads) this.#known.set(id, head);
  }

  async #read(ids: readonly ConversationId[]): Promise<void> {
    for (const id of ids) this.#known.set(id, { seq: 0, chain: undefined });
    const found = this.#database.collection(archiveHeads).find({ _id: { $in: ids.map(idBinary) } });
    for await (const { _id, seq, h } of found) {
      this.#known.set(idText(_id), { seq, chain: h && Buffer.from(h.buffer) });
    }
  }
}
