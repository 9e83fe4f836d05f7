import type { ConversationId, TypingSignal, UserId } from '@parley/events';

/** A typist who falls silent is forgotten after this. */
const SILENT_MS = 6_000;
/** While somebody types on, this often is enough to be remembered. */
const REPEAT_MS = 3_000;

/** Who types where, and telling others that I do. Never stored, never counted on. */
export class Typing {
  readonly #me: UserId;
  readonly #send: (conversationId: ConversationId, typing: boolean) => void;
  readonly #changed: (conversationId: ConversationId) => void;
  readonly #typists = new Map<ConversationId, Map<UserId, ReturnType<typeof setTimeout>>>();
  readonly #saidAt = new Map<ConversationId, number>();

  constructor(
    me: UserId,
    send: (conversationId: ConversationId, typing: boolean) => void,
    changed: (conversationId: ConversationId) => void,
  ) {
    this.#me = me;
    this.#send = send;
    this.#changed = changed;
  }

  /** @returns who types, longest first. */
  typists(conversationId: ConversationId): readonly UserId[] {
    return [...(this.#typists.get(conversationId)?.keys() ?? [])];
  }

  take({ conversationId, userId, typing }: TypingSignal): void {
    if (userId === this.#me) return;
    if (typing) this.#note(conversationId, userId);
    else this.forget(conversationId, userId);
  }

  /** Somebody stopped, sent what was typed, or fell silent. */
  forget(conversationId: ConversationId, userId: UserId): void {
    const here = this.#typists.get(conversationId);
    const timer = here?.get(userId);
    if (timer === undefined) return;
    clearTimeout(timer);
    here?.delete(userId);
    this.#changed(conversationId);
  }

  /** Says that I type, at most every few seconds, or at once that I stopped. */
  say(conversationId: ConversationId, typing: boolean): void {
    const saidAt = this.#saidAt.get(conversationId);
    if (typing && saidAt !== undefined && Date.now() - saidAt < REPEAT_MS) return;
    if (!typing && saidAt === undefined) return;
    if (typing) this.#saidAt.set(conversationId, Date.now());
    else this.#saidAt.delete(conversationId);
    this.#send(conversationId, typing);
  }

  /** The connection is gone: what anybody types now is not heard. */
  clear(): void {
    for (const [conversationId, here] of this.#typists)
      for (const userId of [...here.keys()]) this.forget(conversationId, userId);
    this.#saidAt.clear();
  }

  #note(conversationId: ConversationId, userId: UserId): void {
    const here = this.#typists.get(conversationId) ?? new Map<UserId, ReturnType<typeof setTimeout>>();
    this.#typists.set(conversationId, here);
    const isNew = !here.has(userId);
    clearTimeout(here.get(userId));
    here.set(
      userId,
      setTimeout(() => this.forget(conversationId, userId), SILENT_MS),
    );
    if (isNew) this.#changed(conversationId);
  }
}
