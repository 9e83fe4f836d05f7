import { PARTITIONS, type ConversationId, type Partition } from '../contract/ids.ts';
import type { Mark } from '../contract/live.ts';
import { LogRun, type OpeningOptions } from './epoch-opening.ts';

/** Where a conversation ends now: everything after this seq is lost, or was never there. */
export interface RestoredConversation {
  readonly conversationId: ConversationId;
  readonly seq: number;
}

export interface RestoreOptions extends OpeningOptions {
  /** How far everybody had read, as it was last kept. */
  readonly marks: () => AsyncIterable<Mark>;
  /** Told of each partition that is done. */
  readonly onPartition?: (partition: Partition, events: number) => void;
}

/**
 * Fills an empty log Redis from the archive and opens a new epoch: heads, members, settings, and the receipts that are
 * younger than an hour; older ones are answered from the archive. The streams themselves stay empty and go on at the
 * archived n + 1. The kept marks go back as well: the next one that a client raises by itself would else stand for all. Safe to repeat after a failure: it goes on where it stopped, and a partition that is open already is
 * left as it is. Rejects with a `LogServerError` or whatever the archive says.
 * @returns where every conversation of the log ends, whichever attempt has restored it.
 */
export async function restoreLog(options: RestoreOptions): Promise<RestoredConversation[]> {
  const run = await LogRun.begin(options);
  try {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const events = await run.restore(partition as Partition);
      options.onPartition?.(partition as Partition, events);
    }
    await run.restoreMarks(options.marks());
    return Array.from(await run.heads(), ([conversationId, seq]) => ({ conversationId, seq }));
  } finally {
    run.close();
  }
}
