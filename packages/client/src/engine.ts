import type { ConversationId, ConversationList, HistoryPage, Session, SyncedConversation } from '@parley/events';
import { CatchUp } from './catch-up.ts';
import { Connection, type Transport } from './connection/connection.ts';
import type { Push } from './connection/link.ts';
import { Conversations } from './conversations.ts';
import type { ServerAddress } from './http.ts';
import { Intake } from './intake.ts';
import { ListRefresh } from './list-refresh.ts';
import { Marks } from './marks.ts';
import { MemberMarks } from './member-marks.ts';
import { Notifier } from './notifier.ts';
import { OutboxSender } from './outbox/outbox-sender.ts';
import type { OutboxStore } from './outbox/outbox-store.ts';
import { Outbox } from './outbox/outbox.ts';
import { pendingOf } from './outbox/pending-of.ts';
import { PastPages } from './past-pages.ts';
import type { OutboxSharing } from './outbox/sharing.ts';
import { Presence } from './presence.ts';
import { SessionKeeper } from './session.ts';
import type { Surroundings } from './surroundings.ts';
import type { Snapshot } from './snapshot-form.ts';
import { takeSnapshot } from './snapshot.ts';
import { SyncCycle } from './sync-cycle.ts';
import { Typing } from './typing.ts';
import { Users } from './users.ts';
import { Writing } from './writing.ts';

export interface ClientParts {
  readonly server: ServerAddress;
  readonly session: Session;
  readonly store: OutboxStore;
  readonly sharing: OutboxSharing;
  readonly surroundings: Surroundings;
  readonly transport: Transport;
  readonly onSession?: (session: Session) => void;
}

/** Puts the parts together: what comes in goes to the timelines, what goes out through the outbox. */
export class Engine {
  readonly keeper: SessionKeeper;
  readonly outbox: Outbox;
  readonly #sharing: OutboxSharing;
  readonly #sender: OutboxSender;
  readonly conversations: Conversations;
  readonly writing: Writing;
  readonly users: Users;
  readonly presence: Presence;
  readonly typing: Typing;
  readonly marks: Marks;
  readonly memberMarks: MemberMarks;
  readonly list: ListRefresh;
  readonly #intake: Intake;
  readonly #catchUp: CatchUp;
  readonly pages: PastPages;
  readonly connection: Connection;
  readonly #cycle: SyncCycle;
  readonly notifier = new Notifier<string>();
  /** Of the place, that it may be gone in a moment. */
  readonly #stopHearing: (() => void) | undefined;
  /** Of the conversations, when it was asked last who is online. */
  #turnover = 0;
  #listed = false;
  /** Whether the list is of this connection: what was read on other devices before it is in it. */
  #isListFresh = false;
  /** Whether the list that was asked for last was asked for over this connection: an answer may come after the loss. */
  #isListAsked = false;
  #closed = false;

  constructor({ server, session, store, sharing, surroundings, transport, onSession }: ClientParts) {
    const me = session.user.userId;
    this.#sharing = sharing;
    this.keeper = new SessionKeeper(server, session);
    this.keeper.listen({ renewed: (renewed) => onSession?.(renewed), lost: () => undefined });
    this.outbox = new Outbox(store, sharing);
    this.conversations = new Conversations(me, (id) => pendingOf(this.outbox, id, me));
    this.writing = new Writing(me, this.outbox, this.conversations);
    this.users = new Users(
      (ids) => this.keeper.call('users', { ids: ids.join(','), limit: 200 }),
      () => this.notifier.tell('users'),
    );
    this.users.learn([session.user]);
    this.presence = new Presence(() => this.notifier.tell('presence'));
    this.typing = new Typing(
      me,
      (conversationId, typing) =>
        void this.connection.request('typing', { conversationId, typing }).catch(() => undefined),
      (conversationId) => this.notifier.tell(`typing ${conversationId}`),
    );
    this.marks = new Marks((request) => this.connection.request('mark', request));
    this.#stopHearing = surroundings.onLeaving?.(() => void this.flushMarks());
    this.memberMarks = new MemberMarks(
      this.conversations,
      this.users,
      (conversationId) => this.keeper.call('members', {}, { conversationId }),
      () => this.notifier.tell('conversations'),
    );
    this.list = new ListRefresh(
      () => this.#askList(),
      (list) => this.#takeList(list),
    );
    this.#intake = new Intake(
      me,
      { conversations: this.conversations, users: this.users, typing: this.typing, marks: this.marks },
      { catchUp: () => this.#cycle.now(), refreshList: () => this.list.wish(), changed: (id) => this.#changed(id) },
    );
    this.#catchUp = new CatchUp(this.conversations, this.outbox, {
      sync: (request) => this.connection.request('sync', request),
      loadList: () => this.list.load(),
      took: (synced) => this.#tookSynced(synced),
      gone: (id) => this.#intake.gone(id),
    });
    this.pages = new PastPages(this.conversations, {
      page: (conversationId, query) => this.keeper.call('history', query, { conversationId }),
      catchUp: () => this.#catchUp.run(),
      took: (id, page) => this.#tookPage(id, page),
      loading: (id) => this.notifier.tell(id),
    });
    this.connection = new Connection(server.baseUrl, this.keeper, surroundings, transport, {
      changed: () => this.notifier.tell('connection'),
      opened: () => this.#cycle.now(),
      lost: () => this.#lost(),
      push: (push) => this.#pushed(push),
      stale: () => this.#refresh(),
    });
    this.#cycle = new SyncCycle(this.#catchUp, this.connection, this.outbox, () => this.#up());
    this.outbox.listen((lane) => this.#outboxChanged(lane));
    this.#sender = new OutboxSender(this.outbox, {
      send: async (commands) => (await this.connection.request('command', { commands: [...commands] })).results,
      catchUp: () => this.#catchUp.run(),
      find: (conversationId, target) => this.keeper.call('receipt', {}, { conversationId, ...target }),
    });
  }

  /** Whether the server has said which conversations there are. */
  get listed(): boolean {
    return this.#listed;
  }

  /** Takes in what the outbox and an earlier visit hold and begins to connect. */
  async start(snapshot?: Snapshot): Promise<this> {
    await this.outbox.open();
    if (snapshot) takeSnapshot(snapshot, this.conversations, this.users);
    void this.#sharing.lead().then(() => this.#lead());
    this.connection.start();
    return this;
  }

  /** Says what was read and not told yet, so that it goes on its way even if nothing else does. */
  flushMarks(): Promise<void> {
    return this.marks.flush((request) => this.keeper.call('mark', request, {}, true));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopHearing?.();
    this.connection.close();
    this.#lost();
    this.keeper.close();
    this.list.close();
    this.users.close();
    this.notifier.clear();
    await this.outbox.close();
  }

  /** This tab sends for all: also what others added before. */
  async #lead(): Promise<void> {
    await this.outbox.reload().catch(() => undefined);
    this.#sender.lead();
  }

  /** The connection is synced: what waits may go out. */
  #up(): void {
    this.#sender.open();
    this.marks.open();
    this.pages.open();
    void this.users.learnFirst(() => this.keeper.call('users', { limit: 200 }));
    if (!this.#isListFresh) this.list.wish();
    this.#refreshPeople();
  }

  /** What no sync says, asked for anew: my marks on other devices, the others', and who is online. */
  #refresh(): void {
    this.list.wish();
    this.#refreshPeople();
  }

  #refreshPeople(): void {
    this.memberMarks.refresh();
    this.#refreshPresence();
  }

  #refreshPresence(): void {
    this.#turnover = this.conversations.turnover;
    void this.presence.refresh(() => this.keeper.call('online', {}));
  }

  #lost(): void {
    this.#isListFresh = this.#isListAsked = false;
    this.#cycle.lost();
    this.#sender.pause();
    this.marks.pause();
    this.pages.pause();
    this.typing.clear();
  }

  #pushed(push: Push): void {
    switch (push.name) {
      case 'events':
        this.#intake.live(push.payload);
        break;
      case 'marks':
        this.memberMarks.take(push.payload.marks);
        break;
      case 'typing':
        this.users.want([push.payload.userId]);
        this.typing.take(push.payload);
        break;
      case 'presences':
        this.presence.take(push.payload);
        break;
      case 'mark':
      case 'presence':
        // Clients of older versions hear them instead.
        break;
      case 'resync':
        this.#cycle.now();
        break;
      case 'drain':
        // The connection itself leaves the node.
        break;
    }
  }

  #askList(): Promise<ConversationList> {
    this.#isListAsked = this.connection.state.state === 'online';
    return this.keeper.call('conversations', {});
  }

  #takeList(list: ConversationList): boolean {
    this.conversations.takeList(list);
    this.#listed = true;
    this.#isListFresh ||= this.#isListAsked;
    this.#offerRead(list);
    for (const view of list.conversations)
      this.users.want([...view.with, ...(view.last ? [view.last.actor.userId] : [])]);
    this.notifier.tell('conversations');
    if (this.#cycle.isUp) {
      // With other conversations there are other people whose presence one may know.
      if (this.conversations.turnover !== this.#turnover) this.#refreshPresence();
      // The list may know of more than this client holds.
      if (this.conversations.isBehind) this.#cycle.now();
    }
    return !this.conversations.isListLate;
  }

  /** What this device knows as read and the server does not: an earlier visit, or a refusal, kept it from being told. */
  #offerRead({ conversations }: ConversationList): void {
    for (const { conversationId, epoch, read } of conversations) {
      const mine = this.conversations.read(conversationId);
      if (mine > read && this.conversations.timeline(conversationId).log.epoch === epoch)
        this.marks.read(conversationId, epoch, mine);
    }
  }

  #tookSynced(synced: SyncedConversation): void {
    this.#intake.synced(synced);
    if (this.conversations.isListLate) this.list.wish();
  }

  #tookPage(conversationId: ConversationId, page: HistoryPage): void {
    this.users.want(page.events.map((event) => event.actor.userId));
    this.#changed(conversationId);
  }

  #changed(conversationId: ConversationId): void {
    this.conversations.changed(conversationId);
    this.notifier.tell(conversationId);
    this.notifier.tell('conversations');
  }

  #outboxChanged(lane: ConversationId): void {
    this.#changed(lane);
    this.notifier.tell('outbox');
    this.#cycle.watchArchive();
  }
}
