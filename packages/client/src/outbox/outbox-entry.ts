import {
  Command,
  CommandId,
  ConversationId,
  type Position,
  Receipt,
  Refusal,
  Timestamp,
  UserId,
  z,
} from '@parley/events';

/**
 * An own command until it can never be lost again. `lane`: the conversation whose order it keeps (for a creation the
 * new conversation's id). `order`: given by the store, ascending. `state`: `waiting` until decided, `acked` until it is
 * archived, `failed` until the person retries or discards it. `target`: who sent the message that this command
 * changes, to find it again after the log went back in time. `after`: the own command whose message this one changes
 * and which has no seq yet.
 */
export const OutboxEntry = z.object({
  order: z.int().min(1),
  commandId: CommandId,
  lane: ConversationId,
  at: Timestamp,
  command: Command,
  state: z.enum(['waiting', 'acked', 'failed']),
  tried: z.boolean(),
  receipt: Receipt.optional(),
  refusal: Refusal.optional(),
  target: z.object({ userId: UserId, commandId: CommandId }).optional(),
  after: CommandId.optional(),
});
export type OutboxEntry = z.infer<typeof OutboxEntry>;

/** An entry that has no place in the order yet. */
export type NewEntry = Omit<OutboxEntry, 'order'>;

/** A command that names a message by its position. */
export type TargetedCommand = Extract<Command, { target: Position }>;

export const hasTarget = (command: Command): command is TargetedCommand => 'target' in command;

/** A command that somebody waits for is not shown anywhere when it fails: whoever waits hears of it. */
export const isShown = ({ command }: NewEntry): boolean => command.type === 'message.send' || hasTarget(command);

/** @returns the entry of a command that somebody means now. */
export const newEntry = (command: Command, extra: Pick<NewEntry, 'lane' | 'target' | 'after'>): NewEntry => ({
  ...extra,
  command,
  commandId: command.commandId,
  at: Date.now(),
  state: 'waiting',
  tried: false,
});

/** @returns the entry without what was decided of it before. */
export function undecided(entry: OutboxEntry): OutboxEntry {
  const open = { ...entry };
  delete open.receipt;
  delete open.refusal;
  return open;
}

/** @returns the entry without another one to wait for. */
export function freed(entry: OutboxEntry): OutboxEntry {
  const free = { ...entry };
  delete free.after;
  return free;
}
