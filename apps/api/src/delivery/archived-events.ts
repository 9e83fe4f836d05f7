import { RefusalError, type ConversationId } from '@parley/events';
import type { EventLog } from '@parley/events/log';
import { lostSeqs, readArchived, readChains, type Database } from '@parley/read-models';
import type { FindLost, ReadArchived } from './event-reader.ts';

export interface ArchivedEventsPorts {
  readonly database: Database;
  readonly log: Pick<EventLog, 'window'>;
  /** Whether MongoDB answers: asking it while it is away would take seconds. */
  readonly mongo: { readonly reachable: boolean };
}

/** What readers ask of the archive. */
export interface ArchivedEvents {
  readonly read: ReadArchived;
  readonly findLost: FindLost;
  /** @returns the chain after each of the seqs, in hexadecimal, where it is known. */
  readonly chains: (conversationId: ConversationId, seqs: readonly number[]) => Promise<ReadonlyMap<number, string>>;
}

/** The archive; and while MongoDB is away, as much of it as still lies in the log. */
export function archivedEvents({ database, log, mongo }: ArchivedEventsPorts): ArchivedEvents {
  return {
    read: async (conversationId, from, to) =>
      mongo.reachable ? readArchived(database, conversationId, [{ from, to }]) : log.window(conversationId, from, to),
    findLost: async (conversationId, seqs) => {
      if (mongo.reachable) return lostSeqs(database, conversationId, seqs);
      const message = 'This part of the history is out of reach at the moment. Try again.';
      throw new RefusalError({ kind: 'unavailable', message, retryAfterMs: 500 });
    },
    chains: async (conversationId, seqs) =>
      mongo.reachable ? readChains(database, conversationId, seqs) : new Map<number, string>(),
  };
}
