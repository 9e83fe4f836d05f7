import { reactionKey, type MessageContent, type ReactionContent } from '../contract/content.ts';
import type { ParleyEvent } from '../contract/event.ts';
import type { UserId } from '../contract/ids.ts';
import type { MessageOverlay } from '../contract/view.ts';

/** The events that change a message after it was sent. */
export type MessageChange = Extract<
  ParleyEvent,
  { type: 'message.edited' | 'message.deleted' | 'reaction.added' | 'reaction.removed' }
>;

export interface ReactionState {
  readonly seq: number;
  readonly userId: UserId;
  readonly on: boolean;
  readonly reaction: ReactionContent;
}

/**
 * What later events made of one message. Each part belongs to the highest seq that touched it, so folding the same
 * changes in any order, any number of times, ends in the same state: a page's overlay and live events may overlap.
 */
export interface MessageState {
  readonly edit: { readonly seq: number; readonly at: number; readonly content: MessageContent } | null;
  readonly deleted: { readonly seq: number; readonly at: number; readonly userId: UserId } | null;
  /** One entry per (user, reaction key), taken-back ones included, in seq order of their last change. */
  readonly reactions: readonly ReactionState[];
}

export const untouched: MessageState = { edit: null, deleted: null, reactions: [] };

/** @returns whether an event changes an earlier message; its target is `event.body.target`. */
export function isMessageChange(event: ParleyEvent): event is MessageChange {
  return event.type.startsWith('reaction.') || event.type === 'message.edited' || event.type === 'message.deleted';
}

/** @returns the state after one more change. */
export function applyChange(state: MessageState, event: MessageChange): MessageState {
  switch (event.type) {
    case 'message.edited':
      return mergeEdit(state, { seq: event.seq, at: event.at, content: event.body.content });
    case 'message.deleted':
      return mergeDeletion(state, { seq: event.seq, at: event.at, userId: event.actor.userId });
    case 'reaction.added':
    case 'reaction.removed':
      return mergeReaction(state, {
        seq: event.seq,
        userId: event.actor.userId,
        on: event.type === 'reaction.added',
        reaction: event.body.reaction,
      });
  }
}

/** @returns both states as one; the same whichever comes first. */
export function mergeStates(state: MessageState, other: MessageState): MessageState {
  let merged = state;
  if (other.edit) merged = mergeEdit(merged, other.edit);
  if (other.deleted) merged = mergeDeletion(merged, other.deleted);
  for (const reaction of other.reactions) merged = mergeReaction(merged, reaction);
  return merged;
}

/** @returns the state that a history page carries for a message. */
export function overlayState(overlay: MessageOverlay): MessageState {
  return {
    edit: overlay.edit && { ...overlay.edit, content: overlay.edit.content as MessageContent },
    deleted: overlay.deleted,
    reactions: overlay.reactions.map((entry) => ({ ...entry, reaction: entry.reaction as ReactionContent })),
  };
}

function mergeEdit(state: MessageState, edit: NonNullable<MessageState['edit']>): MessageState {
  return state.edit && state.edit.seq >= edit.seq ? state : { ...state, edit };
}

/** The first deletion holds: nothing brings a message back, and a second one says nothing new. */
function mergeDeletion(state: MessageState, deleted: NonNullable<MessageState['deleted']>): MessageState {
  return state.deleted && state.deleted.seq <= deleted.seq ? state : { ...state, deleted };
}

function mergeReaction(state: MessageState, change: ReactionState): MessageState {
  const same = (entry: ReactionState): boolean =>
    entry.userId === change.userId && reactionKey(entry.reaction) === reactionKey(change.reaction);
  const known = state.reactions.find(same);
  if (known && known.seq >= change.seq) return state;
  const others = state.reactions.filter((entry) => !same(entry));
  return { ...state, reactions: [...others, change].sort((a, b) => a.seq - b.seq) };
}
