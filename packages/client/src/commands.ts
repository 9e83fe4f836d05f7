import { Command, MAX_COMMAND_BYTES, newId, RefusalError, type CommandId, type ConversationId } from '@parley/events';

type WithoutId<C> = C extends unknown ? Omit<C, 'commandId'> : never;

/** A command before it has an id. */
export type Wish = WithoutId<Command>;

/**
 * Gives a wish its id and checks it before it is kept: what a server would refuse for its form must not wait in line.
 * @throws RefusalError `invalid` or `too_large`.
 */
export function commandOf(wish: Wish): Command {
  const command = Command.safeParse({ ...wish, commandId: newId<CommandId>() });
  if (!command.success) {
    const [issue] = command.error.issues;
    const message = `This can’t be sent: ${issue?.path.join('.') ?? 'it'} ${issue?.message ?? 'is not valid'}.`;
    throw new RefusalError({ kind: 'invalid', message });
  }
  const bytes = new TextEncoder().encode(JSON.stringify(command.data)).length;
  if (bytes > MAX_COMMAND_BYTES) {
    throw new RefusalError({ kind: 'too_large', message: 'This is too long to be sent. Cut it into parts.' });
  }
  return command.data;
}

/** @returns the conversation whose order a command keeps: its own, or the one that it makes. */
export function laneOf(command: Command): ConversationId {
  // A new conversation has the id of its creation; for a direct one this is just a lane of its own.
  return 'conversationId' in command ? command.conversationId : (command.commandId as string as ConversationId);
}
