import type { ConversationId } from '@parley/events';
import { eventKey, idBinary, keySeq } from '../binary-ids.ts';
import type { Database } from '../database.ts';
import { deadLetters } from '../documents/dead-letters.ts';
import { events } from '../documents/events.ts';
import { archivedHead } from './archived-history.ts';

/**
 * @param seqs that neither the log nor the archive could give as events.
 * @returns those of them that nobody will ever read: holes in front of an archived event, which is archived in the
 * log's order, and entries that were archived raw. The others may only be on their way into the archive: whoever looked
 * before may have seen less of it than its head tells now, so what is missing is looked for once more behind that.
 */
export async function lostSeqs(
  database: Database,
  conversationId: ConversationId,
  seqs: readonly number[],
): Promise<number[]> {
  if (seqs.length === 0) return [];
  const [archived, raw] = await Promise.all([
    archivedHead(database, conversationId),
    database
      .collection(deadLetters)
      .find({ conversation: idBinary(conversationId), seq: { $in: [...seqs] }, type: { $exists: false } })
      .project<{ seq: number }>({ seq: 1, _id: 0 })
      .toArray(),
  ]);
  const kept = new Set(raw.map(({ seq }) => seq));
  const missing = seqs.filter((seq) => seq < archived || kept.has(seq));
  const there = await archivedSeqs(database, conversationId, missing);
  return missing.filter((seq) => !there.has(seq));
}

async function archivedSeqs(
  database: Database,
  conversationId: ConversationId,
  seqs: readonly number[],
): Promise<ReadonlySet<number>> {
  if (seqs.length === 0) return new Set();
  const keys = seqs.map((seq) => eventKey(conversationId, seq));
  const found = await database
    .collection(events)
    .find({ _id: { $in: keys } }, { projection: { _id: 1 } })
    .toArray();
  return new Set(found.map(({ _id }) => keySeq(_id)));
}
