import {
  RefusalError,
  type ConversationId,
  type Epoch,
  type Seq,
  type SyncedConversation,
  type SyncPage,
  type SyncRequest,
  type UserId,
  type WireEvent,
} from '@parley/events';
import type { Access, EventLog } from '@parley/events/log';
import { busy } from '../limits/busy.ts';
import type { EventReader } from './event-reader.ts';
import { Limiter } from './limiter.ts';
import { lastVisible, planRun, type Run } from './sync-plan.ts';

/** Bounds of one page. */
const PAGE_EVENTS = 500;
const PAGE_BYTES = 512 * 1024;
/** Events of one conversation that are read at a time, and conversations of which the first are read ahead. */
const CHUNK = 100;
const AHEAD = 8;
/** More syncs than this wait for their turn: each holds a page in memory. Beyond the second bound, clients come back. */
const SYNCS_AT_ONCE = 32;
const SYNCS_WAITING = 1_000;

export interface SyncPorts {
  readonly log: Pick<EventLog, 'access' | 'shared'>;
  /** @returns the conversations that the user is a member of now. */
  readonly hearing: (userId: UserId) => Promise<readonly ConversationId[]>;
  readonly reader: EventReader;
  /** @returns the chain after each of the seqs, in hexadecimal, where it is archived. */
  readonly chains: (conversationId: ConversationId, seqs: readonly number[]) => Promise<ReadonlyMap<number, string>>;
}

/** Answers what a client lacks, whatever it holds. */
export type Sync = (userId: UserId, request: SyncRequest) => Promise<SyncPage>;

/** What is to be said about one conversation. */
interface Candidate {
  readonly access: Access;
  /** The last seq that the client holds and that still stands. */
  readonly held: number;
  /** The last seq that the reader may see. */
  readonly upTo: number;
  readonly shared: number | undefined;
  readonly goes: boolean;
}

interface Room {
  events: number;
  bytes: number;
}

/**
 * @returns the sync of this node.
 * @throws (the sync) RefusalError `unavailable` when the log, or an archive that is needed, can't be read now;
 *   `not_ready` when too many wait.
 */
export function createSync(ports: SyncPorts): Sync {
  const limiter = new Limiter(SYNCS_AT_ONCE);
  return async (userId, request) => {
    if (limiter.waiting >= SYNCS_WAITING) throw new RefusalError(busy());
    return limiter.run(() => syncPage(ports, userId, request));
  };
}

async function syncPage(ports: SyncPorts, userId: UserId, request: SyncRequest): Promise<SyncPage> {
  const held = heldPositions(request);
  const asked = new Set(request.unarchived);
  const ids = [...new Set([...held.keys(), ...(await ports.hearing(userId)), ...asked])];
  const accesses = await ports.log.access(userId, ids);
  const gone: ConversationId[] = [];
  const candidates: Candidate[] = [];
  const found = await Promise.all(
    ids.map((id, at) => candidateOf(ports, accesses[at], held.get(id) ?? new Map<Epoch, number>())),
  );
  for (const [at, id] of ids.entries()) {
    const candidate = found[at];
    if (!candidate || (candidate.goes && candidate.held >= candidate.upTo)) gone.push(id);
    else if (hasNews(candidate) || asked.has(id)) candidates.push(candidate);
  }
  const page = await readPage(ports, candidates);
  const left = page.conversations.filter(({ more }, at) => candidates[at]?.goes === true && !more);
  return { ...page, gone: [...gone.filter((id) => held.has(id)), ...left.map((one) => one.conversationId)] };
}

function heldPositions(request: SyncRequest): Map<ConversationId, Map<Epoch, number>> {
  const held = new Map<ConversationId, Map<Epoch, number>>();
  for (const [epoch, reaches] of Object.entries(request.positions)) {
    for (const [id, reach] of Object.entries(reaches)) {
      const conversationId = id as ConversationId;
      const positions = held.get(conversationId) ?? new Map<Epoch, number>();
      held.set(conversationId, positions.set(epoch as Epoch, reach));
    }
  }
  return held;
}

/** @returns undefined for what the user never could see. */
async function candidateOf(
  ports: SyncPorts,
  access: Access | undefined,
  positions: ReadonlyMap<Epoch, number>,
): Promise<Candidate | undefined> {
  if (!access || access.visible.length === 0) return undefined;
  const { conversationId, epoch, head } = access.conversation;
  const upTo = lastVisible(access.visible, head);
  const goes = access.role === null;
  const present = positions.get(epoch);
  const [older] = positions;
  if (present !== undefined || !older) return { access, held: present ?? 0, upTo, shared: undefined, goes };
  const shared = await ports.log.shared(conversationId, older[0]);
  return { access, held: Math.min(older[1], shared), upTo, shared, goes };
}

function hasNews({ held, upTo, shared }: Candidate): boolean {
  return held < upTo || shared !== undefined;
}

async function readPage(ports: SyncPorts, candidates: readonly Candidate[]): Promise<Omit<SyncPage, 'gone'>> {
  const conversations: SyncedConversation[] = [];
  const room = { events: PAGE_EVENTS, bytes: PAGE_BYTES };
  for (const [at, candidate] of candidates.entries()) {
    if (room.events <= 0 || room.bytes <= 0) return { conversations, more: true };
    if (at % AHEAD === 0) readAhead(ports.reader, candidates.slice(at, at + AHEAD));
    conversations.push(await readConversation(ports, candidate, room));
  }
  return { conversations, more: conversations.some(({ more }) => more) };
}

/** Starts the first read of each; the readings are shared with the ones that follow. */
function readAhead(reader: EventReader, candidates: readonly Candidate[]): void {
  for (const { access, held, upTo } of candidates) {
    const { conversationId, epoch } = access.conversation;
    const [first] = planRun(held + 1, upTo, access.visible, CHUNK).events;
    // A failure shows where the events are needed.
    if (first) reader.read(conversationId, epoch, first.from, first.to).catch(() => undefined);
  }
}

async function readConversation(ports: SyncPorts, candidate: Candidate, room: Room): Promise<SyncedConversation> {
  const { access, upTo, shared, goes } = candidate;
  const { conversationId, epoch, head, unarchived } = access.conversation;
  const events: WireEvent[] = [];
  const withheld: Run[] = [];
  let reached = candidate.held;
  while (reached < upTo && room.events > 0 && room.bytes > 0) {
    const plan = planRun(reached + 1, upTo, access.visible, Math.min(CHUNK, room.events));
    for (const run of plan.events) {
      const read = await ports.reader.read(conversationId, epoch, run.from, run.to);
      for (const event of read.events) events.push(event);
      room.events -= read.events.length;
      room.bytes -= read.bytes;
      // A place whose entry is broken for good is held by everybody who knows that it is there.
      withheld.push(...read.lost.map((seq) => ({ from: seq, to: seq })));
    }
    withheld.push(...plan.withheld);
    withheld.sort((a, b) => a.from - b.from);
    reached = plan.reached;
  }
  return {
    conversationId,
    epoch,
    ...(shared === undefined ? {} : { shared }),
    events,
    withheld: await withChains(ports, access, withheld),
    head: goes ? upTo : head,
    archived: Math.min(unarchived - 1, goes ? upTo : head),
    more: reached < upTo,
  };
}

/** Adds the chain after each run that the archive reaches, so that a reader can verify across what they may not see. */
async function withChains(
  { chains }: SyncPorts,
  { conversation }: Access,
  runs: readonly Run[],
): Promise<SyncedConversation['withheld']> {
  const { conversationId, unarchived } = conversation;
  const archived = runs.flatMap(({ to }) => (to < unarchived ? [to] : []));
  // With the archive away nobody has to wait for a chain: the runs themselves are complete without.
  const found = archived.length === 0 ? undefined : await chains(conversationId, archived).catch(() => undefined);
  return runs.map(({ from, to }) => {
    const chain = found?.get(to);
    return { from: from as Seq, to: to as Seq, ...(chain !== undefined && { chain }) };
  });
}
