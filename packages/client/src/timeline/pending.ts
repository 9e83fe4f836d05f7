import type { CommandId, Epoch, MessageContent, MessageState } from '@parley/events';
import type { SendState } from '../chat-client.ts';

/** Where an acked command stands. */
export interface Place {
  readonly epoch: Epoch;
  readonly seq: number;
  readonly at: number;
}

/** An own message on its way. `place` once its receipt is here. */
export interface PendingMessage {
  readonly commandId: CommandId;
  readonly at: number;
  readonly content: MessageContent;
  readonly send: SendState;
  readonly place: Place | null;
}

/** An own edit, deletion or reaction on its way: shown at once, as if it were the newest change. */
export interface PendingChange {
  readonly commandId: CommandId;
  readonly target: number;
  readonly change: MessageState;
  readonly place: Place | null;
}

/** What is on its way in one conversation, in send order. */
export interface Pending {
  readonly messages: readonly PendingMessage[];
  readonly changes: readonly PendingChange[];
}
