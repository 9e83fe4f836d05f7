import { WireEvent } from './event.ts';
import { ConversationId, Epoch, Reach, Seq } from './ids.ts';
import { z } from './z.ts';

/** 32 bytes in hexadecimal: a value of the hash chain. */
export const ChainValue = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * What a client holds: for each epoch that it knows, each conversation and the last seq up to which it lacks nothing.
 * `unarchived` names conversations of which it wants to know how far they are archived.
 */
export const SyncRequest = z.strictObject({
  positions: z.record(Epoch, z.record(ConversationId, Reach)),
  unarchived: z.array(ConversationId).max(500).optional(),
});
export type SyncRequest = z.infer<typeof SyncRequest>;

/** A run that the reader may not see: it counts as held. `chain` is the chain after `to`, where it is known. */
export const Withheld = z.strictObject({ from: Seq, to: Seq, chain: ChainValue.optional() });
export type Withheld = z.infer<typeof Withheld>;

/**
 * What one conversation has beyond the client's position, in seq order, `events` and `withheld` together without a
 * hole. `shared`: the client's epoch is over; it drops what it holds beyond this seq, then takes the events. `head`:
 * the last seq that exists. `archived`: everything up to this seq is in the archive and can never be lost again.
 * `more`: ask again with the new position.
 */
export const SyncedConversation = z.strictObject({
  conversationId: ConversationId,
  epoch: Epoch,
  shared: Reach.optional(),
  events: z.array(WireEvent),
  withheld: z.array(Withheld),
  head: Reach,
  archived: Reach,
  more: z.boolean(),
});
export type SyncedConversation = z.infer<typeof SyncedConversation>;

/**
 * Only conversations with something to say are listed; what is not listed is complete at the client's position.
 * `gone`: conversations that the client may no longer hear. `more`: at least one conversation was cut, or left out for
 * size: ask again with the new positions until it is false.
 */
export const SyncPage = z.strictObject({
  conversations: z.array(SyncedConversation),
  gone: z.array(ConversationId),
  more: z.boolean(),
});
export type SyncPage = z.infer<typeof SyncPage>;
