import {
  PARTITIONS,
  partitionOf,
  type CommandId,
  type ConversationId,
  type Epoch,
  type Partition,
  type Seq,
  type UserId,
} from '../../contract/ids.ts';
import type { Receipt } from '../../contract/receipt.ts';
import type { Archive, Lineage, LineageEntry, LogEntry, UnreadableEntry } from '../event-log.ts';
import type { LogWork } from '../log-work.ts';

/** Archive and lineage for the log's own tests, which are about Redis: kept in memory, always reachable. */
export class ArchiveInMemory implements Archive, Lineage {
  readonly #entries: (LogEntry | UnreadableEntry)[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly #lineage: (LineageEntry & { run: string })[][] = Array.from({ length: PARTITIONS }, () => []);

  open(partition: Partition, run: string, epoch: Epoch, lastN: number): ReturnType<Lineage['open']> {
    const all = this.#of(this.#lineage, partition);
    const archivedN = this.#of(this.#entries, partition).length;
    let current = all.find((entry) => entry.run === run);
    if (!current) {
      current = { run, epoch, began: Math.max(lastN, archivedN) };
      all.push(current);
    }
    return Promise.resolve({ current, all: [...all], archivedN });
  }

  entriesAfter(partition: Partition, after: number, count: number): Promise<(LogEntry | UnreadableEntry)[]> {
    return Promise.resolve(this.#of(this.#entries, partition).slice(after, after + count));
  }

  findReceipt(
    conversationId: ConversationId,
    userId: UserId,
    commandId: CommandId,
  ): Promise<{ receipt: Receipt; type: string; body: string } | null> {
    const partition = partitionOf(conversationId);
    const entry = this.#of(this.#entries, partition)
      .flatMap((one) => ('unreadable' in one ? [] : [one]))
      .find(
        (one) => one.conversationId === conversationId && one.actor.userId === userId && one.commandId === commandId,
      );
    if (!entry) return Promise.resolve(null);
    const epoch = this.#of(this.#lineage, partition).findLast((one) => one.began < entry.n)?.epoch;
    if (!epoch) throw new Error(`No epoch for n ${entry.n}.`);
    const receipt = { conversationId, epoch, seq: entry.seq as Seq, at: entry.at };
    return Promise.resolve({ receipt, type: entry.type, body: entry.body });
  }

  /** Archives everything that the log has, as the worker would. */
  async archive(work: LogWork): Promise<void> {
    for (const [partition, head] of (await work.heads()).entries()) {
      const entries = this.#of(this.#entries, partition as Partition);
      if (head <= entries.length) continue;
      const batch = await work.readLog(partition as Partition, entries.length, head);
      entries.push(...batch.entries);
      const ids = batch.entries.flatMap((entry) => ('unreadable' in entry ? [] : [entry.conversationId]));
      if (batch.epoch !== '') await work.archived(partition as Partition, batch.epoch, entries.length, ids);
    }
  }

  #of<T>(rows: T[][], partition: Partition): T[] {
    const row = rows[partition];
    if (!row) throw new Error(`There is no partition ${partition}.`);
    return row;
  }
}
