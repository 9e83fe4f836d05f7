import type { ConversationId, LiveEvents, SyncedConversation, UserId, WireEvent } from '@parley/events';
import type { Conversations } from './conversations.ts';
import type { Marks } from './marks.ts';
import { readEvent } from './timeline/read-event.ts';
import { runsOf } from './timeline/run.ts';
import type { Typing } from './typing.ts';
import type { Users } from './users.ts';

/** What taking events in may lead to. */
export interface IntakeRoad {
  /** Something is missing: sync now. */
  catchUp(): void;
  /** Something changed that only the conversation list tells. */
  refreshList(): void;
  changed(conversationId: ConversationId): void;
}

/** Everything that events say beside their place in a timeline: names to fetch, who stopped typing, who came and went. */
export class Intake {
  readonly #me: UserId;
  readonly #conversations: Conversations;
  readonly #users: Users;
  readonly #typing: Typing;
  readonly #marks: Marks;
  readonly #road: IntakeRoad;

  constructor(
    me: UserId,
    parts: { conversations: Conversations; users: Users; typing: Typing; marks: Marks },
    road: IntakeRoad,
  ) {
    this.#me = me;
    this.#conversations = parts.conversations;
    this.#users = parts.users;
    this.#typing = parts.typing;
    this.#marks = parts.marks;
    this.#road = road;
  }

  live({ conversationId, epoch, events }: LiveEvents): void {
    if (!this.#conversations.isHeard(conversationId)) {
      this.#road.catchUp();
      return;
    }
    const { log } = this.#conversations.timeline(conversationId);
    const before = log.complete;
    if (log.take(epoch, runsOf(events)) !== 'complete') this.#road.catchUp();
    const news = events.filter((event) => event.seq > before);
    // Live, nothing follows my going. A sync page may hold my return after it, and says itself what is gone.
    if (news.some((event) => this.#takesMeOut(event))) this.gone(conversationId);
    this.#noticed(conversationId, news);
  }

  /** To be called when a sync page was taken into the timeline. */
  synced({ conversationId, events }: SyncedConversation): void {
    this.#noticed(conversationId, events);
  }

  gone(conversationId: ConversationId): void {
    this.#conversations.leave(conversationId);
    this.#road.changed(conversationId);
  }

  #noticed(conversationId: ConversationId, events: readonly WireEvent[]): void {
    for (const event of events) this.#notice(event);
    this.#markDelivered(conversationId);
    this.#road.changed(conversationId);
  }

  #notice(wire: WireEvent): void {
    const { conversationId, actor } = wire;
    this.#users.want([actor.userId]);
    if (wire.type === 'message.sent') this.#typing.forget(conversationId, actor.userId);
    else this.#noticeChange(wire);
  }

  #noticeChange(wire: WireEvent): void {
    const { conversationId, actor } = wire;
    const event = readEvent(wire);
    if (event?.type === 'conversation.created') this.#users.want(event.body.members.map((member) => member.userId));
    else if (event?.type === 'user.registered') this.#users.want([event.body.userId]);
    else if (event?.type === 'member.added') this.#moved(conversationId, event.body.userId);
    else if (event?.type === 'member.removed') this.#moved(conversationId, event.body.userId);
    else if (event?.type === 'member.joined') this.#moved(conversationId, actor.userId);
    else if (event?.type === 'member.left') this.#moved(conversationId, actor.userId);
    else if (event?.type === 'member.role-changed') this.#changedRole(event.body.userId);
    else if (event?.type === 'message.deleted') this.#deleted(conversationId, event.body.target.seq);
  }

  /** What I may do is in the list; who else may what, a list of members says when it is asked for. */
  #changedRole(userId: UserId): void {
    if (userId === this.#me) this.#road.refreshList();
  }

  /** A list that is on its way may be from before it. Of others it says nothing but what an unnamed group is called. */
  #moved(conversationId: ConversationId, userId: UserId): void {
    this.#users.want([userId]);
    if (userId === this.#me || this.#conversations.isNamedByMembers(conversationId)) this.#road.refreshList();
  }

  #takesMeOut(wire: WireEvent): boolean {
    if (wire.type === 'member.left') return wire.actor.userId === this.#me;
    if (wire.type !== 'member.removed') return false;
    const event = readEvent(wire);
    return event?.type === 'member.removed' && event.body.userId === this.#me;
  }

  /** A deleted message that is not held may have been unread, or the last one: the list knows. */
  #deleted(conversationId: ConversationId, target: number): void {
    if (target < this.#conversations.timeline(conversationId).log.first) this.#road.refreshList();
  }

  #markDelivered(conversationId: ConversationId): void {
    const { epoch, complete } = this.#conversations.timeline(conversationId).log;
    if (epoch !== null && this.#conversations.isListed(conversationId))
      this.#marks.delivered(conversationId, epoch, complete);
  }
}
