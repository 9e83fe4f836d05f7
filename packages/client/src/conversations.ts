import type {
  ConversationId,
  ConversationList,
  ConversationView,
  Epoch,
  Mark,
  SyncedConversation,
  SyncRequest,
  UserId,
  WireEvent,
} from '@parley/events';
import type { ConversationRow } from './chat-client.ts';
import { rowOf } from './conversation-row.ts';
import type { Pending } from './timeline/pending.ts';
import { readEvent } from './timeline/read-event.ts';
import { TimelineView } from './timeline/timeline-view.ts';

interface Known {
  view: ConversationView;
  read: number;
  readonly marks: Map<UserId, Mark>;
  row: ConversationRow | null;
}

/** All conversations of the person, as the server listed them and as events changed them since. */
export class Conversations {
  readonly #me: UserId;
  readonly #pending: (conversationId: ConversationId) => Pending;
  readonly #timelines = new Map<ConversationId, TimelineView>();
  readonly #known = new Map<ConversationId, Known>();
  /** Heard by sync, but no row of the list: the workspace's directory, and what the list is late with. */
  readonly #unlisted = new Map<ConversationId, 'directory' | 'late'>();
  #rows: readonly ConversationRow[] | null = null;
  #turnover = 0;

  constructor(me: UserId, pending: (conversationId: ConversationId) => Pending) {
    this.#me = me;
    this.#pending = pending;
  }

  /** Newest first. The same array until something changes. */
  get rows(): readonly ConversationRow[] {
    this.#rows ??= [...this.#known].map(([id, known]) => this.#row(id, known)).sort((a, b) => b.lastAt - a.lastAt);
    return this.#rows;
  }

  get ids(): ConversationId[] {
    return [...this.#known.keys()];
  }

  /** Grows whenever a conversation comes or goes. */
  get turnover(): number {
    return this.#turnover;
  }

  /** @returns the conversation's timeline; an empty one if nothing is known of it. */
  timeline(conversationId: ConversationId): TimelineView {
    const known = this.#timelines.get(conversationId);
    if (known) return known;
    const made = new TimelineView(conversationId, this.#me, () => this.#pending(conversationId));
    this.#timelines.set(conversationId, made);
    return made;
  }

  /** @returns whether live events and sync tell of this conversation. */
  isHeard(conversationId: ConversationId): boolean {
    return this.#known.has(conversationId) || this.#unlisted.has(conversationId);
  }

  /** Whether the list lacks a conversation that it should have. */
  get isListLate(): boolean {
    return [...this.#unlisted.values()].includes('late');
  }

  isListed(conversationId: ConversationId): boolean {
    return this.#known.has(conversationId);
  }

  /** Whether a conversation is shown by the names of who is in it. */
  isNamedByMembers(conversationId: ConversationId): boolean {
    const view = this.#known.get(conversationId)?.view;
    return view?.kind === 'group' && view.name === null;
  }

  /** Takes the list as it is now; what is not on it is no conversation of this person any more. */
  takeList(list: ConversationList): void {
    const listed = list.conversations.filter((view) => view.kind !== 'directory');
    const ids = new Set(listed.map((view) => view.conversationId));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.leave(id);
    for (const view of listed) this.#takeView(view);
    this.#rows = null;
  }

  /** Goes along with a conversation that sync tells of and that the list doesn't have. */
  follow({ conversationId, epoch, shared, events }: SyncedConversation): void {
    this.#unlisted.set(conversationId, events.some(isOfDirectory) ? 'directory' : 'late');
    this.timeline(conversationId).log.begin(epoch, shared ?? 0);
  }

  leave(conversationId: ConversationId): void {
    this.#unlisted.delete(conversationId);
    if (!this.#known.delete(conversationId)) return;
    this.#rows = null;
    this.#turnover += 1;
  }

  /** Whether some conversation is known to have more than this client holds. */
  get isBehind(): boolean {
    return this.ids.some((id) => {
      const { complete, head } = this.timeline(id).log;
      return complete < head;
    });
  }

  /** All of which live events and sync tell. */
  get heard(): ConversationId[] {
    return [...this.#known.keys(), ...this.#unlisted.keys()];
  }

  /** @returns how far this client is, everywhere or in some conversations; those that it does not hear are left out. */
  positions(ids: readonly ConversationId[] = this.heard): SyncRequest['positions'] {
    const positions: Record<Epoch, Record<ConversationId, number>> = {};
    for (const id of ids) {
      if (!this.isHeard(id)) continue;
      const { epoch, complete } = this.timeline(id).log;
      if (epoch !== null) (positions[epoch] ??= {})[id] = complete;
    }
    return positions;
  }

  /** @returns my read mark. */
  read(conversationId: ConversationId): number {
    return this.#known.get(conversationId)?.read ?? 0;
  }

  /** @returns whether it rose. */
  raiseRead(conversationId: ConversationId, seq: number): boolean {
    const known = this.#known.get(conversationId);
    if (!known || seq <= known.read) return false;
    known.read = seq;
    this.changed(conversationId);
    return true;
  }

  /** Takes a member's marks; one that goes back within its epoch is old news. */
  takeMark(mark: Mark): void {
    const known = this.#known.get(mark.conversationId);
    if (!known) return;
    const held = known.marks.get(mark.userId);
    const isSame = held?.epoch === mark.epoch;
    known.marks.set(mark.userId, {
      ...mark,
      read: Math.max(mark.read, isSame ? held.read : 0),
      delivered: Math.max(mark.delivered, isSame ? held.delivered : 0),
    });
    if (mark.userId === this.#me) known.read = Math.max(known.read, mark.read);
    this.changed(mark.conversationId);
  }

  /** To be called after anything of a conversation changed. */
  changed(conversationId: ConversationId): void {
    this.#timelines.get(conversationId)?.changed();
    const known = this.#known.get(conversationId);
    if (!known) return;
    known.row = null;
    this.#rows = null;
  }

  /** The log went back in time: nobody has read what is not there any more. */
  clampRead(conversationId: ConversationId, shared: number): void {
    const known = this.#known.get(conversationId);
    if (known) known.read = Math.min(known.read, shared);
  }

  #takeView(view: ConversationView): void {
    const known = this.#known.get(view.conversationId);
    if (!known) this.#turnover += 1;
    this.#unlisted.delete(view.conversationId);
    const { log } = this.timeline(view.conversationId);
    log.begin(view.epoch, view.head);
    log.reached(view.epoch, view.head);
    const read = known && log.epoch === view.epoch ? Math.max(known.read, view.read) : view.read;
    this.#known.set(view.conversationId, { view, read, marks: known?.marks ?? new Map<UserId, Mark>(), row: null });
  }

  #row(id: ConversationId, known: Known): ConversationRow {
    known.row ??= rowOf(known.view, this.timeline(id).log, this.#me, known.read, [...known.marks.values()]);
    return known.row;
  }
}

/** Only the directory says who exists in the workspace; while there is one person in it, its creation is all it holds. */
function isOfDirectory(wire: WireEvent): boolean {
  if (wire.type === 'user.registered') return true;
  const event = wire.type === 'conversation.created' ? readEvent(wire) : null;
  return event?.type === 'conversation.created' && event.body.kind === 'directory';
}
