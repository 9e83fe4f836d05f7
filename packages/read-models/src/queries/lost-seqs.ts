import type { ConversationId } from '@parley/events';
import { idBinary } from '../binary-ids.ts';
import type { Database } from '../database.ts';
import { deadLetters } from '../documents/dead-letters.ts';
import { archivedHead } from './archived-history.ts';

/**
 * @param seqs that neither the log nor the archive could give as events.
 * @returns those of them that nobody will ever read: holes in front of an archived event, which is archived in the
 * log's order, and entries that were archived raw. The others may only be on their way into the archive.
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
  return seqs.filter((seq) => seq < archived || kept.has(seq));
}
