import {
  RefusalError,
  type CommandId,
  type ConversationId,
  type MessageContent,
  type Position,
  type Receipt,
  type UserId,
} from '@parley/events';
import type { MessageTarget } from './chat-client.ts';
import { commandOf, laneOf, type Wish } from './commands.ts';
import type { Conversations } from './conversations.ts';
import type { NewEntry } from './outbox/outbox-entry.ts';
import type { Outbox } from './outbox/outbox.ts';

type Found = Pick<NewEntry, 'target' | 'after'> & { readonly position: Position };

/** What a person does, as commands into the outbox. Everything rejects with a `RefusalError`. */
export class Writing {
  readonly #me: UserId;
  readonly #outbox: Outbox;
  readonly #conversations: Conversations;

  constructor(me: UserId, outbox: Outbox, conversations: Conversations) {
    this.#me = me;
    this.#outbox = outbox;
    this.#conversations = conversations;
  }

  async send(conversationId: ConversationId, content: MessageContent): Promise<CommandId> {
    return this.#queue({ type: 'message.send', conversationId, content }, {});
  }

  async edit(conversationId: ConversationId, message: MessageTarget, content: MessageContent): Promise<CommandId> {
    const { position, ...found } = this.#find(conversationId, message);
    return this.#queue({ type: 'message.edit', conversationId, target: position, content }, found);
  }

  async remove(conversationId: ConversationId, message: MessageTarget): Promise<CommandId> {
    const { position, ...found } = this.#find(conversationId, message);
    return this.#queue({ type: 'message.delete', conversationId, target: position }, found);
  }

  async react(conversationId: ConversationId, message: MessageTarget, emoji: string, on: boolean): Promise<CommandId> {
    const { position, ...found } = this.#find(conversationId, message);
    const type = on ? 'reaction.add' : 'reaction.remove';
    const reaction = { suite: 'none', emoji } as const;
    return this.#queue({ type, conversationId, target: position, reaction }, found);
  }

  /** Queues a command and waits until it is in the log. */
  async settle(wish: Wish): Promise<Receipt> {
    const command = commandOf(wish);
    const settled = this.#outbox.settled(command.commandId);
    // Without this, a store that refuses would leave a promise behind that nobody waits for.
    settled.catch(() => undefined);
    await this.#outbox.add(command, { lane: laneOf(command) });
    return settled;
  }

  async #queue(wish: Wish, found: Pick<NewEntry, 'target' | 'after'>): Promise<CommandId> {
    const command = commandOf(wish);
    return this.#outbox.add(command, { ...found, lane: laneOf(command) });
  }

  /** @returns where a message stands and how to find it again; for an own one on its way, what to wait for. */
  #find(conversationId: ConversationId, message: MessageTarget): Found {
    const { log } = this.#conversations.timeline(conversationId);
    if (typeof message === 'string') return this.#findOwn(message);
    const item = log.itemAt(message);
    const own = item ? undefined : this.#ackedAt(conversationId, message);
    if (own) return this.#findOwn(own);
    if (item?.kind !== 'message' || log.epoch === null) throw unknownMessage();
    const { userId, commandId } = item.message;
    return { position: positionOf(log.epoch, message), target: { userId, commandId } };
  }

  /** @returns the own message of which only the receipt is here so far: it is shown with its seq already. */
  #ackedAt(conversationId: ConversationId, seq: number): CommandId | undefined {
    const entries = this.#outbox.lane(conversationId);
    return entries.find(({ command, receipt }) => command.type === 'message.send' && receipt?.seq === seq)?.commandId;
  }

  #findOwn(commandId: CommandId): Found {
    const entry = this.#outbox.get(commandId);
    if (!entry || entry.state === 'failed') throw unknownMessage();
    const target = { userId: this.#me, commandId };
    if (entry.receipt) return { position: positionOf(entry.receipt.epoch, entry.receipt.seq), target };
    // Stands in until the receipt says the real one.
    return { position: positionOf('0000000000000000' as Position['epoch'], 1), target, after: commandId };
  }
}

const positionOf = (epoch: Position['epoch'], seq: number): Position => ({ epoch, seq: seq as Position['seq'] });

function unknownMessage(): RefusalError {
  return new RefusalError({ kind: 'not_found', message: 'This message is not here any more. Load it and try again.' });
}
