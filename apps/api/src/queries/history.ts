import { createHash } from 'node:crypto';
import {
  applyChange,
  chainStart,
  isMessageChange,
  overlayState,
  RefusalError,
  untouched,
  type HistoryPage,
  type HistoryQuery,
  type MessageOverlay,
  type MessageState,
  type Refusal,
  type Seq,
  type WireEvent,
} from '@parley/events';
import type { Access, EventLog } from '@parley/events/log';
import {
  archivedHistory,
  isVisible,
  lostSeqs,
  visibleRanges,
  withheldRanges,
  type ArchivedHistory,
  type Database,
  type SeqRange,
} from '@parley/read-models';
import { firstSeqSince } from './first-since.ts';
import { pageRange, type PageWish } from './page-range.ts';
import { knownEvents, visibleTail } from './tail.ts';

export interface HistoryPorts {
  readonly database: Database;
  readonly log: Pick<EventLog, 'events' | 'shared'>;
}

const tooFew: Refusal = {
  kind: 'unavailable',
  message: 'A part of the history can not be read now. Try again in a moment.',
  retryAfterMs: 500,
};

/**
 * Answers one page of a conversation: what is not archived yet from the log, then the rest from the archive, so that no
 * event can slip between the two. Complete also while no worker runs.
 * @param access the reader's, from the door.
 * @throws RefusalError `invalid` for more than one of `before`, `after` and `since`; `unavailable` when a part can't be
 * read now.
 */
export async function readHistory(ports: HistoryPorts, access: Access, query: HistoryQuery): Promise<HistoryPage> {
  const places = [query.before, query.after, query.since].filter((place) => place !== undefined);
  if (places.length > 1) {
    const message = 'Ask for what is before or after a message or since a moment, for one of them only.';
    throw new RefusalError({ kind: 'invalid', message });
  }
  await requireReach(ports, access, query);
  const range = pageRange(await placed(ports, access, query), access.conversation.head, access.visible);
  const onlyTail = range.from >= access.conversation.unarchived;
  const page = onlyTail ? await readPage(ports, access, range, false) : undefined;
  // What was in the log alone a moment ago may have moved to the archive since.
  return page ?? (await readPage(ports, access, range, true)) ?? refuse(tooFew);
}

/** A moment is asked for as the place before its first event. */
async function placed(ports: HistoryPorts, access: Access, query: HistoryQuery): Promise<PageWish> {
  if (query.since === undefined) return query;
  return { after: (await firstSeqSince(ports, access, query.since)) - 1, limit: query.limit };
}

/** A reader that has an acknowledged position must never get less than that. */
async function requireReach(ports: HistoryPorts, access: Access, { epoch, minSeq = 0 }: HistoryQuery): Promise<void> {
  const { conversationId, epoch: present, head } = access.conversation;
  if (minSeq <= head) return;
  const reach = epoch === undefined || epoch === present ? minSeq : await ports.log.shared(conversationId, epoch);
  if (Math.min(reach, minSeq) > head) refuse(tooFew);
}

async function readPage(
  ports: HistoryPorts,
  access: Access,
  range: SeqRange,
  withArchive: boolean,
): Promise<HistoryPage | undefined> {
  const { conversation, visible } = access;
  const { conversationId, epoch, head, unarchived } = conversation;
  const { tail, dense } = await visibleTail(ports.log, access, Math.max(range.from, unarchived));
  // A change may be missing that lies behind the page: only the archive's overlay knows it then.
  if (!withArchive && !dense) return undefined;
  const kept = withArchive ? await archivedHistory(ports.database, { conversationId, ...range, visible }) : noneKept;
  const events = merge(kept.events, tail, range);
  const missing = missingSeqs(events, visibleRanges(visible, range.from, range.to));
  const lost = withArchive ? await lostSeqs(ports.database, conversationId, missing) : [];
  if (lost.length < missing.length) return undefined;
  return {
    conversationId,
    epoch,
    asOf: head,
    first: range.from,
    last: range.to,
    chain: range.from === 1 ? firstChain(conversationId) : await chainBefore(ports, access, range, kept),
    events,
    withheld: [...withheldOf(access, range, kept), ...lost.map(alone)].sort((a, b) => a.from - b.from),
    overlays: fold(kept.overlays, tail, visibleRanges(visible, range.from, range.to)),
  };
}

const noneKept: ArchivedHistory = { chain: null, events: [], withheld: [], overlays: [] };

function merge(kept: readonly WireEvent[], tail: readonly WireEvent[], { from, to }: SeqRange): WireEvent[] {
  const last = kept.at(-1)?.seq ?? from - 1;
  return [...kept, ...tail.filter(({ seq }) => seq > last && seq <= to)];
}

function missingSeqs(events: readonly WireEvent[], ranges: readonly SeqRange[]): number[] {
  const there = new Set<number>(events.map(({ seq }) => seq));
  const wanted = ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
  return wanted.filter((seq) => !there.has(seq));
}

/** A place whose entry the log had to archive as raw bytes is held by everybody who knows that it is there. */
function alone(seq: number): HistoryPage['withheld'][number] {
  return { from: seq as Seq, to: seq as Seq };
}

/** @returns what later events made of the messages in the ranges, by the archive first and then by the tail. */
function fold(
  kept: readonly MessageOverlay[],
  tail: readonly WireEvent[],
  ranges: readonly SeqRange[],
): MessageOverlay[] {
  const states = new Map<number, MessageState>(kept.map((overlay) => [overlay.seq, overlayState(overlay)]));
  for (const event of knownEvents(tail)) {
    if (!isMessageChange(event)) continue;
    const target = event.body.target.seq;
    if (isVisible(ranges, target)) states.set(target, applyChange(states.get(target) ?? untouched, event));
  }
  // Folded from checked events, the state is what the overlay's schema says.
  const overlays = [...states].map(([seq, state]) => ({ seq: seq as Seq, ...state }) as unknown as MessageOverlay);
  return overlays.sort((a, b) => a.seq - b.seq);
}

function withheldOf({ visible }: Access, { from, to }: SeqRange, kept: ArchivedHistory): HistoryPage['withheld'] {
  const chains = new Map(kept.withheld.map((range) => [range.to, range.chain]));
  return withheldRanges(visible, from, to).map((range) => {
    const chain = chains.get(range.to);
    return { from: range.from as Seq, to: range.to as Seq, ...(chain !== undefined && { chain }) };
  });
}

async function chainBefore(
  ports: HistoryPorts,
  access: Access,
  range: SeqRange,
  kept: ArchivedHistory,
): Promise<string | null> {
  // Only the first page after the archive's end begins just behind it.
  if (kept !== noneKept || range.from !== access.conversation.unarchived) return kept.chain;
  const { conversationId } = access.conversation;
  const last = { conversationId, from: range.from, to: range.from - 1, visible: [] };
  return archivedHistory(ports.database, last).then(
    ({ chain }) => chain,
    () => null,
  );
}

function firstChain(conversationId: HistoryPage['conversationId']): string {
  const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
  return Buffer.from(chainStart(sha256, conversationId)).toString('hex');
}

function refuse(refusal: Refusal): never {
  throw new RefusalError(refusal);
}
