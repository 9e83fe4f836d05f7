import { setTimeout as pause } from 'node:timers/promises';
import { ephemeralRedis, until } from '@parley/servers';
import { Redis } from 'ioredis';
import { canonicalJson } from '../../contract/canonical.ts';
import { isRetryable } from '../../contract/error.ts';
import type { FirstMember, HistoryRule, MemberRole, Visibility } from '../../contract/conversation.ts';
import { newId, type CommandId, type ConversationId, type DeviceId, type UserId } from '../../contract/ids.ts';
import type { Receipt } from '../../contract/receipt.ts';
import type { AppendOutcome, AppendRequest, AppendRule, Archive, EventLog, Lineage } from '../event-log.ts';
import { LogWork } from '../log-work.ts';
import { openEventLog, type RedisEventLog } from '../redis-event-log.ts';
import { ArchiveInMemory } from './archive-in-memory.ts';

/** A bound for slow machines, by which nothing is measured. */
const PATIENCE_MS = 60_000;

/** Somebody with one device. */
export interface Person {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
}

export const person = (): Person => ({ userId: newId<UserId>(), deviceId: newId<DeviceId>() });

/** A commandId made at a time, as a device would whose clock shows it. */
export function commandIdAt(time: number): CommandId {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId<CommandId>().slice(13)}` as CommandId;
}

interface Draft {
  readonly type: AppendRequest['type'];
  readonly body: unknown;
  readonly rule: AppendRule;
  readonly commandId?: CommandId;
}

/** @returns a request as the api makes it. */
export function request(by: Person, conversationId: ConversationId, draft: Draft): AppendRequest {
  const { type, rule, commandId = newId<CommandId>() } = draft;
  return { type, v: 1, conversationId, commandId, actor: by, at: Date.now(), body: canonicalJson(draft.body), rule };
}

/** @returns a message from somebody. */
export function message(by: Person, to: ConversationId, text: string, commandId?: CommandId): AppendRequest {
  const body = { content: { suite: 'none', text } };
  const draft: Draft = { type: 'message.sent', body, rule: { rule: 'post', role: 'member' } };
  return request(by, to, commandId ? { ...draft, commandId } : draft);
}

export interface NewGroup {
  readonly history?: HistoryRule;
  readonly kind?: 'group' | 'channel' | 'directory';
  readonly visibility?: Visibility;
  readonly others?: readonly Person[];
}

/** @returns the request that creates a conversation with `owner` and others as plain members. */
export function creation(owner: Person, options: NewGroup = {}): AppendRequest {
  const { history = 'joined', kind = 'group', visibility = 'private', others = [] } = options;
  const id = newId<CommandId>();
  const members: FirstMember[] = [
    { userId: owner.userId, role: 'owner' },
    ...others.map(({ userId }) => ({ userId, role: 'member' as const })),
  ];
  const settings = { kind, visibility, history, members };
  const body = { ...settings, name: null };
  return request(owner, id as string as ConversationId, {
    type: 'conversation.created',
    body,
    rule: { rule: 'create', ...settings },
    commandId: id,
  });
}

export const add = (by: Person, to: ConversationId, { userId }: Person, role: MemberRole = 'member'): AppendRequest =>
  request(by, to, { type: 'member.added', body: { userId, role }, rule: { rule: 'add', userId, role } });
export const remove = (by: Person, from: ConversationId, { userId }: Person): AppendRequest =>
  request(by, from, { type: 'member.removed', body: { userId }, rule: { rule: 'remove', userId } });
export const changeRole = (by: Person, within: ConversationId, { userId }: Person, role: MemberRole): AppendRequest =>
  request(by, within, {
    type: 'member.role-changed',
    body: { userId, role },
    rule: { rule: 'change-role', userId, role },
  });
export const join = (by: Person, to: ConversationId): AppendRequest =>
  request(by, to, { type: 'member.joined', body: {}, rule: { rule: 'join' } });
export const leave = (by: Person, from: ConversationId): AppendRequest =>
  request(by, from, { type: 'member.left', body: {}, rule: { rule: 'leave' } });

/** Appends what must succeed, again while the refusal may pass. @returns its receipt. */
export async function appended(log: EventLog, wanted: AppendRequest): Promise<Receipt> {
  return receiptOf((await decided(log, wanted)).outcome);
}

/**
 * Sends the same again while the refusal may pass, as an outbox does.
 * @returns what became of it, and after how many tries: `repeated` may be what an earlier one had stored.
 */
export async function decided(
  log: EventLog,
  wanted: AppendRequest,
): Promise<{ readonly outcome: AppendOutcome; readonly tries: number }> {
  const end = performance.now() + PATIENCE_MS;
  for (let tries = 1; ; tries += 1) {
    const outcome = await log.append(wanted);
    const mayPass = outcome.outcome === 'refused' && isRetryable(outcome.refusal);
    if (!mayPass || performance.now() > end) return { outcome, tries };
    await pause(20);
  }
}

/** @returns the receipt of an outcome that is not a refusal. */
export function receiptOf(outcome: AppendOutcome): Receipt {
  if (outcome.outcome === 'refused') throw new Error(`Refused: ${outcome.refusal.kind}.`);
  return outcome.receipt;
}

/** @returns what was refused as, or the outcome. */
export function verdict(outcome: AppendOutcome): string {
  return outcome.outcome === 'refused' ? outcome.refusal.kind : outcome.outcome;
}

/** @returns a new group's id. */
export async function newGroup(log: EventLog, owner: Person, options: NewGroup = {}): Promise<ConversationId> {
  return (await appended(log, creation(owner, options))).conversationId;
}

/** The same as `appended`, where a test took the log away before. */
export const appendedInTheEnd = appended;

export interface NodeOptions {
  readonly archive?: Archive;
  readonly lineage?: Lineage;
  readonly now?: () => number;
  readonly acceptLoss?: boolean;
  readonly awaitReady?: boolean;
}

/** What opens late is waited for; what may not be opened is refused, however late. */
async function untilReady(node: RedisEventLog): Promise<void> {
  const ready = await until(async () => {
    await node.open();
    return node.status().ready || undefined;
  }, PATIENCE_MS);
  if (!ready) throw new Error(`The node did not become ready: ${JSON.stringify(node.status())}`);
}

/** One Redis, an archive in memory, and as many nodes as a test wants. */
export class LogNodes {
  readonly server: Awaited<ReturnType<typeof ephemeralRedis>>;
  readonly archive = new ArchiveInMemory();
  readonly work: LogWork;
  readonly redis: Redis;
  readonly faults: unknown[] = [];
  readonly #nodes: RedisEventLog[] = [];

  private constructor(server: LogNodes['server']) {
    this.server = server;
    this.work = new LogWork(server.url);
    this.redis = new Redis(server.url, { maxRetriesPerRequest: null });
    this.redis.on('error', () => undefined);
  }

  static async start(settings?: Record<string, string>): Promise<LogNodes> {
    const nodes = new LogNodes(await ephemeralRedis(settings ? { settings } : {}));
    await nodes.redis.ping();
    return nodes;
  }

  /**
   * Opens one more node and waits until it is ready, unless `awaitReady` is false: for a log that is away.
   * @returns the node. Rejects as the opening does.
   */
  async node({ awaitReady = true, ...options }: NodeOptions = {}): Promise<RedisEventLog> {
    const node = await openEventLog({
      url: this.server.url,
      archive: this.archive,
      lineage: this.archive,
      onFault: (fault) => this.faults.push(fault),
      ...options,
    });
    this.#nodes.push(node);
    if (awaitReady) await untilReady(node);
    return node;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()));
    this.work.close();
    this.redis.disconnect();
    await this.server.stop();
  }
}
