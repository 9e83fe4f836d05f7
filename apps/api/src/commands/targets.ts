import type { Command, ConversationId, Position, UserId } from '@parley/events';
import type { Access, EventLog } from '@parley/events/log';
import type { EventReader } from '../delivery/event-reader.ts';
import type { Target } from './decision.ts';

export interface TargetPorts {
  readonly log: Pick<EventLog, 'access' | 'shared'>;
  readonly reader: EventReader;
}

type Known = Extract<Target, { found: 'event' }>;

/** Enough for the messages that people react to at a time. */
const KEPT = 10_000;

/** Finds the events that commands point at. What an event is and whose never changes, so it is remembered. */
export class Targets {
  readonly #ports: TargetPorts;
  readonly #known = new Map<string, Known>();

  constructor(ports: TargetPorts) {
    this.#ports = ports;
  }

  /**
   * @param commands of one conversation.
   * @returns the target of each command that has one, in the same places.
   * @throws RefusalError `unavailable` when it can't be told now.
   */
  async of(userId: UserId, commands: readonly Command[]): Promise<(Target | undefined)[]> {
    const [first] = commands.flatMap((command) => ('target' in command ? [command.conversationId] : []));
    if (first === undefined) return commands.map(() => undefined);
    const [access] = await this.#ports.log.access(userId, [first]);
    return Promise.all(
      commands.map(async (command) => ('target' in command ? this.#find(access, command.target) : undefined)),
    );
  }

  async #find(access: Access | undefined, { epoch, seq }: Position): Promise<Target> {
    if (!access) return { found: 'nothing' };
    const { conversationId, epoch: present, head } = access.conversation;
    if (epoch !== present && seq > (await this.#ports.log.shared(conversationId, epoch))) return { found: 'stale' };
    if (seq > head || !sees(access, seq)) return { found: 'nothing' };
    return this.#look(conversationId, access.conversation.epoch, seq);
  }

  async #look(conversationId: ConversationId, epoch: Position['epoch'], seq: number): Promise<Target> {
    const key = `${conversationId}/${epoch}/${seq}`;
    const known = this.#known.get(key);
    if (known) return known;
    const { events } = await this.#ports.reader.read(conversationId, epoch, seq, seq);
    const [event] = events;
    if (!event) return { found: 'nothing' };
    const target: Known = { found: 'event', type: event.type, author: event.actor.userId };
    this.#keep(key, target);
    return target;
  }

  #keep(key: string, target: Known): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= KEPT && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, target);
  }
}

/** An interval that has ended still counts: a repeated command must find what it found the first time. */
function sees({ visible }: Access, seq: number): boolean {
  return visible.some(({ from, to }) => seq >= from && seq <= (to ?? seq));
}
