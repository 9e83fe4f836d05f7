import { canonicalJson } from '@parley/events';
import type {
  Actor,
  CommandId,
  ConversationId,
  ErrorKind,
  EventBody,
  EventType,
  Refusal,
  UserId,
} from '@parley/events';
import { eventVersions } from '@parley/events';
import type { AppendRequest, AppendRule } from '@parley/events/log';

/**
 * The event that a command points at. `stale`: the log went back in time and no longer holds that position.
 * `nothing`: no such event, or none that the actor may see.
 */
export type Target =
  | { readonly found: 'event'; readonly type: string; readonly author: UserId }
  | { readonly found: 'stale' }
  | { readonly found: 'nothing' };

/**
 * What a decider may look at. Only facts that never change back: whoever sends a command again must get the first
 * answer, also after losing the right to it. What can change (membership, role) is checked by the log's script.
 */
export interface Situation {
  readonly actor: Actor;
  /** Present for commands with a target. */
  readonly target?: Target;
  /** Users named by the command who do not exist. */
  readonly unknownUsers: readonly UserId[];
  /** The id that belongs to the pair of a direct conversation. */
  readonly directId?: ConversationId;
}

export type Decision =
  | { readonly decision: 'append'; readonly request: AppendRequest }
  | { readonly decision: 'refused'; readonly refusal: Refusal };

/** @returns the decision not to do it. */
export function refuse(kind: ErrorKind, message: string): Decision {
  return { decision: 'refused', refusal: { kind, message } };
}

/** @returns the decision to append one event, with its body as RFC 8785 text. */
export function append<T extends EventType>(
  command: { readonly commandId: CommandId },
  situation: Situation,
  now: number,
  event: {
    readonly type: T;
    readonly conversationId: ConversationId;
    readonly body: EventBody<T>;
    readonly rule: AppendRule;
  },
): Decision {
  const { type, conversationId, body, rule } = event;
  const { commandId } = command;
  const { actor } = situation;
  const text = canonicalJson(body);
  return {
    decision: 'append',
    request: { type, v: eventVersions[type], conversationId, commandId, actor, at: now, body: text, rule },
  };
}

/** @returns why a target can't be used, or undefined if it is a message. */
export function refuseTarget(target: Target | undefined): Decision | undefined {
  if (target?.found === 'stale') {
    return refuse('stale_target', 'This message is no longer where it was. Find it again, then repeat.');
  }
  if (target?.found !== 'event' || target.type !== 'message.sent') {
    return refuse('not_found', 'There is no such message, or you may not see it.');
  }
  return undefined;
}
