import { Refusal } from './error.ts';
import { CommandId, ConversationId, Epoch, Seq, Timestamp } from './ids.ts';
import { z } from './z.ts';

/** Proof that a command is in the log. The same for every retry, for ever. */
export const Receipt = z.strictObject({
  conversationId: ConversationId,
  epoch: Epoch,
  seq: Seq,
  at: Timestamp,
});
export type Receipt = z.infer<typeof Receipt>;

/** What became of one command: its receipt, or why it was refused. */
export const CommandResult = z.union([
  z.strictObject({ commandId: CommandId, receipt: Receipt }),
  z.strictObject({ commandId: CommandId, refusal: Refusal }),
]);
export type CommandResult = z.infer<typeof CommandResult>;
