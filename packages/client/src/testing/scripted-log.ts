import {
  RefusalError,
  type Command,
  type CommandId,
  type CommandResult,
  type Receipt,
  type Refusal,
} from '@parley/events';
import type { SenderRoad } from '../outbox/outbox-sender.ts';
import { conversationId, firstEpoch } from './story.ts';

export const waiting: Refusal = { kind: 'waiting', message: 'An earlier command is undecided.' };
export const unavailable: Refusal = { kind: 'unavailable', message: 'The log is away.' };
export const notFound: Refusal = { kind: 'not_found', message: 'There is no such conversation.' };

/** A log in miniature: appends once per command id, in the order of arrival, and answers as it is told. */
export class ScriptedLog implements SenderRoad {
  readonly log: CommandId[] = [];
  readonly batches: CommandId[][] = [];
  epoch = firstEpoch;
  /** Asked for each batch: how many of its commands are appended, and whether the answer arrives. */
  fate: () => { append: number; answer: boolean; refusal?: Refusal } = () => ({ append: Infinity, answer: true });
  refuse: (command: Command) => Refusal | null = () => null;
  place: Receipt | null = null;
  syncs = 0;
  inFlight = 0;
  mostInFlight = 0;

  async send(commands: readonly Command[]): Promise<CommandResult[]> {
    this.batches.push(commands.map((command) => command.commandId));
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await new Promise((soon) => setTimeout(soon, 5));
    this.inFlight -= 1;
    const fate = this.fate();
    const results = commands.map((command, at) => this.#decide(command, at < fate.append, fate.refusal ?? waiting));
    if (!fate.answer) throw new RefusalError(unavailable);
    return results;
  }

  #decide(command: Command, append: boolean, otherwise: Refusal): CommandResult {
    const { commandId } = command;
    const refusal = append ? this.refuse(command) : otherwise;
    if (refusal) return { commandId, refusal };
    if (!this.log.includes(commandId)) this.log.push(commandId);
    return { commandId, receipt: this.#receipt(this.log.indexOf(commandId) + 1) };
  }

  #receipt(seq: number): Receipt {
    return { conversationId, epoch: this.epoch, seq: seq as Receipt['seq'], at: 1 };
  }

  catchUp(): Promise<void> {
    this.syncs += 1;
    return Promise.resolve();
  }

  find(): Promise<Receipt> {
    return this.place ? Promise.resolve(this.place) : Promise.reject(new RefusalError(notFound));
  }
}
