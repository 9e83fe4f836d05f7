import type { TimelineMessage } from '@parley/client';
import type { CommandId } from '@parley/events';
import { createContext } from 'svelte';
import type { Drafts } from '#lib/composer/drafts.svelte.ts';
import { UnderWay } from '#lib/ui/under-way.svelte.ts';
import { textOf, type OpenConversation } from './open-conversation.svelte.ts';

/** The ways out of a message that the server refused for good: one of them, once. */
export class FailedMessages {
  readonly #conversation: OpenConversation;
  readonly #drafts: Drafts;
  readonly #underWay = new UnderWay<CommandId>();

  constructor(conversation: OpenConversation, drafts: Drafts) {
    this.#conversation = conversation;
    this.#drafts = drafts;
  }

  /** Whether one of them is under way. */
  isBusy({ commandId }: TimelineMessage): boolean {
    return this.#underWay.has(commandId);
  }

  retry({ commandId }: TimelineMessage): Promise<void> {
    return this.#underWay.run(commandId, () => this.#conversation.chat.client.retry(commandId));
  }

  discard({ commandId }: TimelineMessage): Promise<void> {
    return this.#underWay.run(commandId, () => this.#conversation.chat.client.discard(commandId));
  }

  /** Takes the text back into the composer, before what stands there. */
  edit(message: TimelineMessage): Promise<void> {
    return this.#underWay.run(message.commandId, () => {
      this.#drafts.putBack(this.#conversation.id, textOf(message));
      return this.#conversation.chat.client.discard(message.commandId);
    });
  }
}

export const [useFailedMessages, provideFailedMessages] = createContext<FailedMessages>();
