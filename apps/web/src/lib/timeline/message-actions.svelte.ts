import type { TimelineMessage } from '@parley/client';
import { createContext } from 'svelte';
import type { EmojiChooser } from '#lib/emoji/emoji-chooser.svelte.ts';
import { copyText } from '#lib/ui/copy-text.ts';
import type { Toasts } from '#lib/ui/toasts.svelte.ts';
import { pathOf } from './message-link.ts';
import { textOf, type OpenConversation } from './open-conversation.svelte.ts';

/** What one can do with a message, the same by toolbar, by key and by touch. */
export class MessageActions {
  readonly #conversation: OpenConversation;
  readonly #toasts: Toasts;
  readonly #emoji: EmojiChooser;

  constructor(conversation: OpenConversation, toasts: Toasts, emoji: EmojiChooser) {
    this.#conversation = conversation;
    this.#toasts = toasts;
    this.#emoji = emoji;
  }

  /** Single letters act only while a row itself has focus (WCAG 2.1.4). */
  key(event: KeyboardEvent, message: TimelineMessage): void {
    if (event.ctrlKey || event.metaKey || event.altKey || message.seq === null) return;
    const act = this.#keyed(event, message);
    if (!act) return;
    event.preventDefault();
    act();
  }

  chooseReaction(message: TimelineMessage, near: Element): void {
    this.#emoji.open(near, (emoji) => void this.#conversation.react(message, emoji));
  }

  copy(message: TimelineMessage): Promise<void> {
    return copyText(textOf(message), this.#toasts, 'Copied');
  }

  /** The address of a stored message, for whoever may see it. */
  async copyLink({ seq }: TimelineMessage): Promise<void> {
    if (seq === null) return;
    await copyText(location.origin + pathOf(this.#conversation.id, seq), this.#toasts, 'Link copied');
  }

  /** Hides it at once. It is deleted when the note with Undo goes, which is also when one leaves. */
  delete({ key, seq }: TimelineMessage): void {
    if (seq === null) return;
    const deletion = this.#conversation.doom({ key, seq }, () => dismiss());
    const dismiss = this.#toasts.show('Message deleted', {
      action: { name: 'Undo', run: () => deletion.keep() },
      over: () => deletion.carryOut(),
    });
  }

  #keyed(event: KeyboardEvent, message: TimelineMessage): (() => void) | null {
    const row = event.currentTarget as Element;
    switch (event.key) {
      case 'e':
      case 'Enter':
        return this.#conversation.mayEdit(message) ? () => this.#conversation.beginEdit(message) : null;
      case 'r':
      case '+':
        return () => this.chooseReaction(message, row);
      case 'c':
        return () => void this.copy(message);
      case 'l':
        return () => void this.copyLink(message);
      case 'Delete':
        return this.#conversation.mayDelete(message) ? () => this.delete(message) : null;
      default:
        return null;
    }
  }
}

export const [useMessageActions, provideMessageActions] = createContext<MessageActions>();
