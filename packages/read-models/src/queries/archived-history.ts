import type { ConversationId, MessageOverlay, VisibleInterval, WireEvent } from '@parley/events';
import type { Binary } from 'mongodb';
import { eventKey, idBinary, keySeq } from '../binary-ids.ts';
import type { Database } from '../database.ts';
import { archiveHeads } from '../documents/archive-heads.ts';
import { events, type EventDocument } from '../documents/events.ts';
import { readOverlays } from './message-overlays.ts';
import { visibleRanges, withheldRanges, type SeqRange } from './visible-seqs.ts';
import { wireEvent } from './wire-events.ts';

export interface HistoryRequest {
  readonly conversationId: ConversationId;
  /** Both included. */
  readonly from: number;
  readonly to: number;
  readonly visible: readonly VisibleInterval[];
}

/**
 * What the archive has of a conversation between two seqs. `events`: what it holds and the viewer may see. `withheld`:
 * the runs between, with the chain after them where it is archived. `chain`: the chain before `from`.
 * `overlays`: changes that the viewer may see.
 */
export interface ArchivedHistory {
  readonly chain: string | null;
  readonly events: WireEvent[];
  readonly withheld: (SeqRange & { chain?: string })[];
  readonly overlays: MessageOverlay[];
}

/** @returns the archive's part of a history page, with nothing in it that the viewer may not see. */
export async function archivedHistory(database: Database, request: HistoryRequest): Promise<ArchivedHistory> {
  const { conversationId, from, to, visible } = request;
  const withheld = withheldRanges(visible, from, to);
  const [first, ...others] = visibleRanges(visible, from, to);
  // The event before the page is read along for its chain: mostly the page begins with what may be seen.
  const along = first?.from === from && from > 1;
  const ranges = first ? [{ from: along ? from - 1 : first.from, to: first.to }, ...others] : [];
  const [found, chains, overlays] = await Promise.all([
    readDocuments(database, conversationId, ranges),
    readChains(database, conversationId, [...(along ? [] : [from - 1]), ...withheld.map((range) => range.to)]),
    first ? readOverlays(database, { conversationId, from, to, visible }) : [],
  ]);
  const before = found.find(({ _id }) => keySeq(_id) === from - 1);
  return {
    chain: before?.h ? hex(before.h) : (chains.get(from - 1) ?? null),
    events: found.filter((event) => event !== before).map(wireEvent),
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
  return (await readDocuments(database, conversationId, ranges)).map(wireEvent);
}

async function readDocuments(
  database: Database,
  conversationId: ConversationId,
  ranges: readonly SeqRange[],
): Promise<EventDocument[]> {
  const pages = await Promise.all(
    ranges.map(({ from, to }) =>
      database
        .collection(events)
        .find({ _id: { $gte: eventKey(conversationId, from), $lte: eventKey(conversationId, to) } })
        .sort({ _id: 1 })
        .toArray(),
    ),
  );
  return pages.flat();
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
