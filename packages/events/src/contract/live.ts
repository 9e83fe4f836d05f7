import { WireEvent } from './event.ts';
import { ConversationId, Epoch, Reach, UserId } from './ids.ts';
import { z } from './z.ts';

/** A run of one conversation's events, dense and in seq order. One event at low load, many under load. */
export const LiveEvents = z.strictObject({
  conversationId: ConversationId,
  epoch: Epoch,
  events: z.array(WireEvent).min(1),
});
export type LiveEvents = z.infer<typeof LiveEvents>;

/**
 * How far one member has read, and how far its devices hold. State, not events: monotone within an epoch, clamped to
 * the head. A member hears its own marks from its other devices.
 */
export const Mark = z.strictObject({
  conversationId: ConversationId,
  userId: UserId,
  epoch: Epoch,
  read: Reach,
  delivered: Reach,
});
export type Mark = z.infer<typeof Mark>;

/** Marks of one conversation that rose within a moment, nobody twice. Clients before version 4 hear each by itself. */
export const Marks = z.strictObject({ marks: z.array(Mark).min(1) });
export type Marks = z.infer<typeof Marks>;

/** Raise one or both of one's own marks. */
export const MarkRequest = z.strictObject({
  conversationId: ConversationId,
  epoch: Epoch,
  read: Reach.optional(),
  delivered: Reach.optional(),
});
export type MarkRequest = z.infer<typeof MarkRequest>;

/** Never stored, never counted on. A typist that falls silent is forgotten after 6 seconds. */
export const TypingSignal = z.strictObject({ conversationId: ConversationId, userId: UserId, typing: z.boolean() });
export type TypingSignal = z.infer<typeof TypingSignal>;
export const TypingRequest = z.strictObject({ conversationId: ConversationId, typing: z.boolean() });
export type TypingRequest = z.infer<typeof TypingRequest>;

/** Somebody with whom one shares a conversation came or went. Only clients of versions 1 and 2 hear it so. */
export const PresenceSignal = z.strictObject({ userId: UserId, online: z.boolean() });
export type PresenceSignal = z.infer<typeof PresenceSignal>;

/**
 * All with whom one shares a conversation and who came or went since the node looked last, nobody twice: however many
 * they are, one frame. `offline` are also those with whom one does not share a conversation any more.
 */
export const PresenceChanges = z.strictObject({ online: z.array(UserId), offline: z.array(UserId) });
export type PresenceChanges = z.infer<typeof PresenceChanges>;

/** The node lost touch with the log's fan-out: everything since may be missing. Sync now. */
export const ResyncSignal = z.strictObject({});

/** The node is about to stop. Reconnect elsewhere after a random part of `withinMs`. */
export const DrainSignal = z.strictObject({ withinMs: z.int().min(0) });
