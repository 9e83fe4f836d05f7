import type { TimelineMessage } from '@parley/client';
import { createContext } from 'svelte';
import type { Drafts } from '#lib/composer/drafts.svelte.ts';
import { textOf, type OpenConversation } from './open-conversation.svelte.ts';

/** The ways out of a message that the server refused for good. */
export class FailedMessages {
  readonly #conversation: OpenConversation;
  readonly #drafts: Drafts;

  constructor(conversation: OpenConversation, drafts: Drafts) {
    this.#conversation = conversation;
    this.#drafts = drafts;
  }

  retry(message: TimelineMessage): Promise<void> {
    return this.#conversation.chat.client.retry(message.commandId);
  }

  discard(message: TimelineMessage): Promise<void> {
    return this.#conversation.chat.client.discard(message.commandId);
  }

  /** Takes the text back into the composer, before what stands there. */
  async edit(message: TimelineMessage): Promise<void> {
    this.#drafts.putBack(this.#conversation.id, textOf(message));
    await this.discard(message);
  }
}

export const [useFailedMessages, provideFailedMessages] = createContext<FailedMessages>();
