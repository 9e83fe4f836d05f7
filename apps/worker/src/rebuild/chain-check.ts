import type { ConversationId } from '@parley/events';
import { events, idText, keySeq, type Database, type EventDocument } from '@parley/read-models';
import { chainAfter, chainStart, commitmentOf } from '../projector/event-chain.ts';

/** Where an archived event does not follow from the one before it. */
export interface BrokenChain {
  readonly conversationId: ConversationId;
  readonly seq: number;
}

/**
 * Recomputes every commitment and every link of the archive, conversation by conversation.
 * @returns the first broken place of each conversation that has one; empty when the archive is as it was written.
 */
export async function verifyChains(database: Database): Promise<BrokenChain[]> {
  const broken: BrokenChain[] = [];
  let at: { id: ConversationId; seq: number; chain: Buffer; broken: boolean } | undefined;
  for await (const event of database.collection(events).find({}, { batchSize: 5_000 }).sort({ _id: 1 })) {
    const id = idText<ConversationId>(event._id);
    if (at?.id !== id) at = { id, seq: 0, chain: chainStart(event._id.buffer.subarray(0, 16)), broken: false };
    if (at.broken) continue;
    const seq = keySeq(event._id);
    at.chain = linkAfter(at.chain, event);
    if (seq !== at.seq + 1 || !event.h || !at.chain.equals(event.h.buffer)) {
      at.broken = true;
      broken.push({ conversationId: id, seq });
    }
    at.seq = seq;
  }
  return broken;
}

/** An erased event keeps its commitment, and the chain goes on over it. */
function linkAfter(before: Buffer, event: EventDocument): Buffer {
  const { v, t: type, a: at, _id, u, d, k, b = '' } = event;
  const ids = { conversation: _id.buffer.subarray(0, 16), user: u.buffer, device: d.buffer, command: k.buffer };
  const salt = event.s?.buffer ?? new Uint8Array();
  const committed = event.c?.buffer ?? commitmentOf({ salt, content: Buffer.from(b) });
  return chainAfter(before, { v, type, seq: keySeq(_id), at, ...ids }, committed);
}
