import {
  isRetryable,
  MAX_COMMAND_BYTES,
  partitionOf,
  RefusalError,
  type Actor,
  type Command,
  type CommandBatch,
  type CommandResult,
  type CommandResults,
  type ConversationId,
  type Partition,
  type Refusal,
  type UserId,
} from '@parley/events';
import type { AppendOutcome, EventLog } from '@parley/events/log';
import { decide } from './decide.ts';
import type { Decision, Situation } from './decision.ts';
import type { Targets } from './targets.ts';

export interface CommandPorts {
  readonly log: Pick<EventLog, 'append'>;
  readonly targets: Targets;
  /** @returns those of the users who do not exist. */
  readonly unknownUsers: (userIds: readonly UserId[]) => Promise<readonly UserId[]>;
  /** @returns the id of the direct conversation of a pair. */
  readonly directId: (one: UserId, other: UserId) => Promise<ConversationId> | ConversationId;
  /** Wakes the projector of a partition; must not wait or throw. */
  readonly wake: (partition: Partition) => void;
  /** Whether this node may take commands: it hears the fan-out and knows the revocations. */
  readonly ready: () => boolean;
}

/** Carries out commands in order and tells what became of each. */
export type HandleCommands = (actor: Actor, batch: CommandBatch) => Promise<CommandResults>;

/**
 * @returns the one door through which commands reach the log.
 * @throws (the function) RefusalError `invalid` for a batch of several conversations, `not_ready`.
 */
export function createCommandHandler(ports: CommandPorts): HandleCommands {
  return async (actor, { commands }) => {
    if (!ports.ready()) throw notReady();
    refuseMixed(commands);
    const decisions = await decideAll(ports, actor, commands);
    const results = await appendInOrder(ports, commands, decisions);
    return { results };
  };
}

async function decideAll(ports: CommandPorts, actor: Actor, commands: readonly Command[]): Promise<Decision[]> {
  const [targets, named] = await Promise.all([
    ports.targets.of(actor.userId, commands),
    Promise.all(commands.map((command) => situationOf(ports, actor, command))),
  ]);
  const now = Date.now();
  return commands.map((command, at) => {
    const target = targets[at];
    const situation = { ...(named[at] ?? { actor, unknownUsers: [] }), ...(target && { target }) };
    return decideOne(command, situation, now);
  });
}

function decideOne(command: Command, situation: Situation, now: number): Decision {
  const decision = decide(command, situation, now);
  if (decision.decision === 'append' && isTooLarge(command, decision.request.body)) {
    const message = `A command has at most ${MAX_COMMAND_BYTES} bytes. Send less at a time.`;
    return { decision: 'refused', refusal: { kind: 'too_large', message } };
  }
  return decision;
}

async function situationOf(ports: CommandPorts, actor: Actor, command: Command): Promise<Situation> {
  const named = namedUsers(command);
  const unknownUsers = named.length === 0 ? [] : await ports.unknownUsers(named);
  if (command.type !== 'conversation.create' || command.kind !== 'direct') return { actor, unknownUsers };
  return { actor, unknownUsers, directId: await ports.directId(actor.userId, command.with) };
}

function namedUsers(command: Command): readonly UserId[] {
  if (command.type === 'member.add') return [command.userId];
  if (command.type !== 'conversation.create') return [];
  return command.kind === 'direct' ? [command.with] : command.members;
}

/**
 * All that may go go at once and share a group commit; the log keeps their order, and lets none pass after one that is
 * undecided. A refusal for good lets the rest go on.
 */
async function appendInOrder(
  ports: CommandPorts,
  commands: readonly Command[],
  decisions: readonly Decision[],
): Promise<CommandResult[]> {
  const outcomes = await Promise.all(decisions.map((decision) => appendOne(ports, decision)));
  const results: CommandResult[] = [];
  let undecided = false;
  for (const [at, { commandId }] of commands.entries()) {
    const outcome = outcomes[at];
    if (!outcome) break;
    const refusal = outcome.outcome === 'refused' ? outcome.refusal : undefined;
    if (outcome.outcome !== 'refused') results.push({ commandId, receipt: outcome.receipt });
    else results.push({ commandId, refusal: undecided && refusal && isRetryable(refusal) ? waiting : outcome.refusal });
    undecided ||= refusal !== undefined && isRetryable(refusal);
  }
  return results;
}

async function appendOne(ports: CommandPorts, decision: Decision): Promise<AppendOutcome> {
  if (decision.decision === 'refused') return { outcome: 'refused', refusal: decision.refusal };
  const outcome = await ports.log.append(decision.request).catch(asRefusal);
  if (outcome.outcome === 'appended' && outcome.atRest) ports.wake(partitionOf(decision.request.conversationId));
  return outcome;
}

const waiting: Refusal = {
  kind: 'waiting',
  message: 'An earlier command of this device is undecided. Send it again first, then this one.',
};

function asRefusal(error: unknown): AppendOutcome {
  if (error instanceof RefusalError) return { outcome: 'refused', refusal: error.refusal };
  throw error;
}

function refuseMixed(commands: readonly Command[]): void {
  const [first] = commands;
  const mixed = commands.some((command) => conversationOf(command) !== (first && conversationOf(first)));
  const creates = commands.some(({ type }) => type === 'conversation.create');
  if (!mixed && !(creates && commands.length > 1)) return;
  const message = 'All commands of a batch belong to one conversation, and a creation stands alone.';
  throw new RefusalError({ kind: 'invalid', message });
}

function conversationOf(command: Command): string {
  return 'conversationId' in command ? command.conversationId : command.commandId;
}

/** The command as JSON is larger than the body by a few hundred bytes at most, so only the large ones are measured. */
function isTooLarge(command: Command, body: string): boolean {
  if (body.length * 3 < MAX_COMMAND_BYTES - 1_024) return false;
  return Buffer.byteLength(JSON.stringify(command)) > MAX_COMMAND_BYTES;
}

function notReady(): RefusalError {
  const message = 'This server is starting or has lost touch. Try another one, or again in a moment.';
  return new RefusalError({ kind: 'not_ready', message, retryAfterMs: 1_000 });
}
