import type { ConversationRow, PastPlace, Timeline, TimelineMessage } from '@parley/client';
import type { ConversationId, MessageContent } from '@parley/events';
import { createContext } from 'svelte';
import { createSubscriber, SvelteSet } from 'svelte/reactivity';
import type { Chat } from '#lib/chat/chat.svelte.ts';
import { mentionOf, titleOf } from '#lib/conversations/conversation-title.ts';
import { oneLine } from '#lib/conversations/preview.ts';
import type { Drafts } from '#lib/composer/drafts.svelte.ts';
import { PlannedDeletions, type PlannedDeletion } from './planned-deletions.svelte.ts';
import type { UnreadFrom } from './timeline-rows.ts';

/** How long a typist is told again before others forget. */
const TYPING_AGAIN_MS = 3_000;

const plain = (text: string): MessageContent => ({ suite: 'none', text });

/** The conversation on the screen, from the moment it is opened until it is left. One instance per visit. */
export class OpenConversation {
  readonly id: ConversationId;
  readonly chat: Chat;
  readonly #drafts: Drafts;
  /** Editors that were closed with their text kept. */
  readonly #folded = new SvelteSet<string>();
  readonly #timeline: () => void;
  readonly #deletions: PlannedDeletions;
  #begun = $state<string | null>(null);
  #unread = $state.raw<UnreadFrom | null>(null);
  #unreadCount = $state(0);
  #unreadSince = $state<number | null>(null);
  #toldTyping = 0;

  constructor(chat: Chat, id: ConversationId, drafts: Drafts) {
    this.chat = chat;
    this.#drafts = drafts;
    this.#deletions = new PlannedDeletions((seq) => chat.client.remove(id, seq));
    this.id = id;
    this.#timeline = createSubscriber((update) => chat.client.onTimeline(id, update));
    const row = chat.client.conversations.find((known) => known.conversationId === id);
    if (!row || row.unread === 0) return;
    this.#unreadCount = row.unread;
    this.#unread = { after: row.read, me: chat.me.userId };
    void this.#askSince(this.#unread);
  }

  /** What was unread when somebody began to look; the divider stays there until one leaves, or looks away for longer. */
  get unread(): UnreadFrom | null {
    return this.#unread;
  }

  get unreadCount(): number {
    return this.#unreadCount;
  }

  /**
   * To be called when something came while nobody looks: what is unread then is new to whoever comes back.
   * @returns whether it begins elsewhere now.
   */
  missed(): boolean {
    const { row } = this;
    if (!row || row.unread === 0) return false;
    this.#unreadCount = row.unread;
    if (this.#unread && this.#unread.after >= row.read) return false;
    this.#unread = { after: row.read, me: this.chat.me.userId };
    this.#unreadSince = null;
    return true;
  }

  /** When the first unread message was sent, also where it is many pages away; null until it is known. */
  get unreadSince(): number | null {
    return this.#unreadSince;
  }

  get row(): ConversationRow | undefined {
    return this.chat.conversation(this.id);
  }

  get title(): string {
    const { row } = this;
    return row ? titleOf(row, this.chat.me.userId, (userId) => this.chat.nameOf(userId)) : 'Conversation';
  }

  get mention(): string {
    return this.row ? mentionOf(this.row, this.title) : this.title;
  }

  get timeline(): Timeline {
    this.#timeline();
    return this.chat.client.timeline(this.id);
  }

  async #askSince({ after, me }: UnreadFrom): Promise<void> {
    const query = { after, limit: 20 };
    const page = await this.chat.client.call('history', query, { conversationId: this.id }).catch(() => null);
    const first = page?.events.find((event) => event.type === 'message.sent' && event.actor.userId !== me);
    this.#unreadSince = first?.at ?? null;
  }

  loadOlder(): Promise<void> {
    return this.chat.client.loadOlder(this.id);
  }

  loadPast(place: PastPlace): Promise<void> {
    return this.chat.client.loadPast(this.id, place);
  }

  /** @returns the first thing since a moment that I may see; null when there is none. Rejects with a `RefusalError`. */
  async firstSince(since: number): Promise<{ readonly seq: number; readonly at: number } | null> {
    const page = await this.chat.client.call('history', { since, limit: 1 }, { conversationId: this.id });
    return page.events[0] ?? null;
  }

  async send(text: string): Promise<void> {
    this.typed(false);
    await this.chat.client.send(this.id, plain(text));
  }

  /** The text of a begun edit; null when there is none. */
  editText(message: TimelineMessage): string | null {
    return this.#drafts.edit(this.id, message.key);
  }

  isFolded(message: TimelineMessage): boolean {
    return this.#folded.has(message.key);
  }

  /** @returns whether this person just began that edit here: told once, to the editor that takes the focus. */
  takesFocus({ key }: TimelineMessage): boolean {
    if (this.#begun !== key) return false;
    this.#begun = null;
    return true;
  }

  beginEdit(message: TimelineMessage): void {
    this.#begun = message.key;
    this.#folded.delete(message.key);
    this.#drafts.setEdit(this.id, message.key, this.editText(message) ?? textOf(message));
  }

  keepEdit(message: TimelineMessage, text: string): void {
    this.#drafts.setEdit(this.id, message.key, text);
  }

  /** Closes the editor; what was typed is kept unless it says nothing new. */
  foldEdit(message: TimelineMessage): void {
    if (this.editText(message) === textOf(message)) this.#drafts.setEdit(this.id, message.key, null);
    else this.#folded.add(message.key);
  }

  /** @returns how to bring the discarded text back. */
  discardEdit(message: TimelineMessage): () => void {
    const text = this.editText(message);
    this.#drafts.setEdit(this.id, message.key, null);
    return () => this.#drafts.setEdit(this.id, message.key, text);
  }

  async saveEdit(message: TimelineMessage): Promise<void> {
    const text = this.editText(message)?.trim() ?? '';
    if (message.seq === null || text === '') return;
    const { seq } = message;
    await this.#drafts.handOverEdit(this.id, message.key, async (kept) => {
      if (kept !== textOf(message)) await this.chat.client.edit(this.id, seq, plain(kept));
    });
  }

  async react(message: TimelineMessage, emoji: string): Promise<void> {
    if (message.seq === null) return;
    const mine = message.changes.reactions.some(
      ({ userId, on, reaction }) =>
        on && userId === this.chat.me.userId && 'emoji' in reaction && reaction.emoji === emoji,
    );
    await this.chat.client.react(this.id, message.seq, emoji, !mine);
  }

  mayEdit(message: TimelineMessage): boolean {
    return message.userId === this.chat.me.userId && message.seq !== null && message.changes.deleted === null;
  }

  mayDelete(message: TimelineMessage): boolean {
    if (message.seq === null || message.changes.deleted !== null) return false;
    const role = this.row?.role;
    return message.userId === this.chat.me.userId || role === 'moderator' || role === 'owner';
  }

  isDoomed(message: TimelineMessage): boolean {
    return this.#deletions.has(message.key);
  }

  /**
   * Hides a message until it is decided whether it is deleted, at the latest when the conversation is left.
   * @param ended called once that is decided.
   */
  doom({ key, seq }: { readonly key: string; readonly seq: number }, ended: () => void): PlannedDeletion {
    return this.#deletions.plan(key, seq, ended);
  }

  /** Takes the newest deletion back while there is time. @returns whether there was one. */
  undoDeletion(): boolean {
    return this.#deletions.keepLast();
  }

  /** The conversation or the page is left: what was to be deleted is deleted, and nobody is typing here any more. */
  left(): void {
    this.typed(false);
    this.#deletions.flush();
  }

  /** Tells the others that I type, at most every few seconds, or that I stopped. */
  typed(typing: boolean): void {
    const now = Date.now();
    if (typing ? now - this.#toldTyping < TYPING_AGAIN_MS : this.#toldTyping === 0) return;
    this.#toldTyping = typing ? now : 0;
    this.chat.client.setTyping(this.id, typing);
  }

  markRead(seq: number): void {
    if (seq > (this.row?.read ?? 0)) this.chat.client.markRead(this.id, seq);
  }
}

/** @returns what a message says now, in plain text. */
export function textOf(message: TimelineMessage): string {
  const content = message.changes.edit?.content ?? message.content;
  return 'text' in content ? content.text : oneLine(content);
}

export const [useConversation, provideConversation] = createContext<OpenConversation>();
