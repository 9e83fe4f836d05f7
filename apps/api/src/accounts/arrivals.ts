import {
  canonicalJson,
  directoryRole,
  eventVersions,
  isRetryable,
  partitionOf,
  RefusalError,
  type CommandId,
  type ConversationId,
  type EventBody,
  type EventType,
  type Partition,
} from '@parley/events';
import type { AppendRule, EventLog } from '@parley/events/log';
import type { Logger } from '../logger.ts';
import type { Intent, Intents } from './intents.ts';
import type { Workspaces } from './workspace.ts';

export interface ArrivalPorts {
  readonly log: Pick<EventLog, 'append'>;
  readonly wake: (partition: Partition) => void;
  readonly intents: Intents;
  readonly workspaces: Workspaces;
  readonly logger: Logger;
}

interface Step<T extends EventType> {
  readonly type: T;
  readonly conversationId: ConversationId;
  readonly commandId: CommandId;
  readonly body: EventBody<T>;
  readonly rule: AppendRule;
}

const SWEEP_MS = 1_000;
/** Younger intents are still in the hands of the request that noted them. */
const OVERDUE_MS = 3_000;

/**
 * Writes into the log what a setup or sign-up left to be written: the person's entry in the directory, then the channel
 * where all land. Whatever a crash or an outage cut off is completed by the sweep of any node.
 */
export class Arrivals implements AsyncDisposable {
  readonly #ports: ArrivalPorts;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(ports: ArrivalPorts) {
    this.#ports = ports;
    this.#plan();
  }

  /**
   * Completes one intent; again and again has the effect of once.
   * @throws RefusalError of a retryable kind when the log can't take it now: the sweep goes on with it.
   */
  async complete(intent: Intent): Promise<void> {
    const { arrival, commandId, userId } = intent;
    const home = await this.#ports.workspaces.home();
    if (arrival.kind === 'setup') {
      await this.#append(intent, firstConversation(intent, home.directory, arrival.directory, 'directory'));
      await this.#append(intent, firstConversation(intent, home.general, arrival.general, 'channel'));
    } else {
      const { directory: conversationId, general } = home;
      const { role, join } = arrival;
      const body = { userId, role };
      const rule: AppendRule = { rule: 'register', role: directoryRole(role) };
      await this.#append(intent, { type: 'user.registered', conversationId, commandId, body, rule });
      const joined = { conversationId: general, commandId: join, body: {}, rule: { rule: 'join' } as const };
      await this.#append(intent, { type: 'member.joined', ...joined });
    }
    await this.#ports.intents.done(intent);
  }

  /** Completes what is overdue. */
  async sweep(): Promise<void> {
    const overdue = await this.#ports.intents.open(new Date(Date.now() - OVERDUE_MS));
    for (const intent of overdue) {
      await this.complete(intent);
      this.#ports.logger.info({ kind: intent.arrival.kind, userId: intent.userId }, 'completed an arrival');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  #plan(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      // What fails now (a server is away) is swept again in a second.
      this.#sweeping = this.sweep().catch(() => undefined);
      void this.#sweeping.then(() => this.#plan());
    }, SWEEP_MS);
  }

  async #append<T extends EventType>(intent: Intent, step: Step<T>): Promise<void> {
    const { type, conversationId, commandId, body, rule } = step;
    const actor = { userId: intent.userId, deviceId: intent.arrival.deviceId };
    const request = { type, v: eventVersions[type], conversationId, commandId, actor, at: Date.now(), rule };
    const outcome = await this.#ports.log.append({ ...request, body: canonicalJson(body) });
    if (outcome.outcome === 'appended' && outcome.atRest) this.#ports.wake(partitionOf(conversationId));
    if (outcome.outcome !== 'refused') return;
    if (isRetryable(outcome.refusal)) throw new RefusalError(outcome.refusal);
    // Somebody was there already, or was removed meanwhile: there is nothing left to do.
    this.#ports.logger.warn(
      { kind: outcome.refusal.kind, userId: intent.userId, conversationId },
      'a step was refused',
    );
  }
}

/** Both belong to the first admin, who so is the first entry of the directory. */
function firstConversation(
  intent: Intent,
  conversationId: ConversationId,
  commandId: CommandId,
  kind: 'directory' | 'channel',
): Step<'conversation.created'> {
  const members = [{ userId: intent.userId, role: 'owner' as const }];
  const visibility = kind === 'channel' ? ('public' as const) : ('private' as const);
  const settings = { kind, visibility, history: 'all' as const, members };
  const name = kind === 'channel' ? 'general' : null;
  const rule: AppendRule = { rule: 'create', ...settings };
  return { type: 'conversation.created', conversationId, commandId, body: { ...settings, name }, rule };
}
