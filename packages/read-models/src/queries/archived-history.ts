import type { ConversationId, MessageOverlay, VisibleInterval, WireEvent } from '@parley/events';
import type { Binary } from 'mongodb';
import { eventKey, idBinary, keySeq } from '../binary-ids.ts';
import type { Database } from '../database.ts';
import { archiveHeads } from '../documents/archive-heads.ts';
import { events } from '../documents/events.ts';
import { readOverlays } from './message-overlays.ts';
import { visibleRanges, withheldRanges, type SeqRange } from './visible-seqs.ts';
import { wireEvent } from './wire-events.ts';

export interface HistoryRequest {
  readonly conversationId: ConversationId;
  /** Both included; `to` beyond the archive is cut. */
  readonly from: number;
  readonly to: number;
  readonly visible: readonly VisibleInterval[];
}

/**
 * What the archive has of a conversation between two seqs. `archived`: the last seq of the conversation that the
 * archive holds; `events` and `withheld` together reach from `from` to the smaller of `to` and `archived`. `chain`: the
 * chain before `from`. `overlays`: changes up to `archived` that the viewer may see.
 */
export interface ArchivedHistory {
  readonly archived: number;
  readonly chain: string | null;
  readonly events: WireEvent[];
  readonly withheld: (SeqRange & { chain?: string })[];
  readonly overlays: MessageOverlay[];
}

/** @returns the archive's part of a history page, with nothing in it that the viewer may not see. */
export async function archivedHistory(database: Database, request: HistoryRequest): Promise<ArchivedHistory> {
  const { conversationId, from, visible } = request;
  const archived = await archivedHead(database, conversationId);
  const to = Math.min(request.to, archived);
  const withheld = withheldRanges(visible, from, to);
  const [found, chains, overlays] = await Promise.all([
    readArchived(database, conversationId, visibleRanges(visible, from, to)),
    readChains(database, conversationId, [from - 1, ...withheld.map((range) => range.to)]),
    from > to ? [] : readOverlays(database, { conversationId, from, to, visible }),
  ]);
  return {
    archived,
    chain: chains.get(from - 1) ?? null,
    events: found,
    withheld: withheld.map((range) => withChain(range, chains.get(range.to))),
    overlays,
  };
}

/** @returns the last archived seq of a conversation, 0 before the first. */
export async function archivedHead(database: Database, conversationId: ConversationId): Promise<number> {
  const head = await database.collection(archiveHeads).findOne({ _id: idBinary(conversationId) });
  return head?.seq ?? 0;
}

/** @returns the archived events of the ranges, in seq order. */
export async function readArchived(
  database: Database,
  conversationId: ConversationId,
  ranges: readonly SeqRange[],
): Promise<WireEvent[]> {
  const pages = await Promise.all(
    ranges.map(({ from, to }) =>
      database
        .collection(events)
        .find({ _id: { $gte: eventKey(conversationId, from), $lte: eventKey(conversationId, to) } })
        .sort({ _id: 1 })
        .toArray(),
    ),
  );
  return pages.flat().map(wireEvent);
}

/** @returns the chain after each of the seqs, in hexadecimal, where it is archived; never for seq 0. */
export async function readChains(
  database: Database,
  conversationId: ConversationId,
  seqs: readonly number[],
): Promise<Map<number, string>> {
  const keys = seqs.filter((seq) => seq > 0).map((seq) => eventKey(conversationId, seq));
  if (keys.length === 0) return new Map();
  const found = await database
    .collection(events)
    .find({ _id: { $in: keys } }, { projection: { h: 1 } })
    .toArray();
  return new Map(found.flatMap(({ _id, h }) => (h ? [[keySeq(_id), hex(h)] as const] : [])));
}

function withChain(range: SeqRange, chain: string | undefined): SeqRange & { chain?: string } {
  return chain === undefined ? range : { ...range, chain };
}

function hex(binary: Binary): string {
  return Buffer.from(binary.buffer).toString('hex');
}
