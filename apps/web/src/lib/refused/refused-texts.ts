import type { FailedCommand } from '@parley/client';
import type { CommandId, ConversationId } from '@parley/events';

/** A text that the server refused for good and that no timeline shows. */
export interface RefusedText {
  readonly commandId: CommandId;
  readonly conversationId: ConversationId;
  readonly what: 'message' | 'edit';
  readonly text: string;
  readonly reason: string;
  /** Of an edit: the key of its message in the timeline. */
  readonly key: string | null;
  /** Where that message stands. */
  readonly seq: number | null;
}

/** @returns refused edits, and refused messages of conversations that are `known` no more; others stand in their timeline. */
export function refusedTexts(
  failed: readonly FailedCommand[],
  known: (conversationId: ConversationId) => boolean,
): readonly RefusedText[] {
  return failed.flatMap(({ command, refusal, target }) => {
    if (command.type !== 'message.send' && command.type !== 'message.edit') return [];
    if (!('text' in command.content) || (command.type === 'message.send' && known(command.conversationId))) return [];
    const { commandId, conversationId, content } = command;
    const what = command.type === 'message.edit' ? 'edit' : 'message';
    const seq = command.type === 'message.edit' ? command.target.seq : null;
    const key = target ? `${target.userId}:${target.commandId}` : null;
    return [{ commandId, conversationId, what, text: content.text, reason: refusal.message, key, seq }];
  });
}

/** What was refused and has no text to lose: it is enough to tell of it. */
export interface RefusedAct {
  readonly commandId: CommandId;
  readonly sentence: string;
}

/** @returns refused deletions and reactions, each with what to say. */
export function refusedActs(failed: readonly FailedCommand[]): readonly RefusedAct[] {
  return failed.flatMap(({ command: { type, commandId }, refusal }) => {
    if (type === 'message.delete') return [{ commandId, sentence: `The message was not deleted. ${refusal.message}` }];
    if (type !== 'reaction.add' && type !== 'reaction.remove') return [];
    return [{ commandId, sentence: `Your reaction was not changed. ${refusal.message}` }];
  });
}

/** @returns one line about all of them; '' when there is none. */
export function refusedNotice(texts: readonly RefusedText[]): string {
  const [first, ...more] = texts;
  if (!first) return '';
  if (more.length > 0) return `${texts.length} texts were refused. They are kept here.`;
  return `Your ${first.what} was refused. Its text is kept here.`;
}
