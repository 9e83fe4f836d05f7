import {
  isRetryable,
  newId,
  PARTITIONS,
  partitionOf,
  type Partition,
  type Actor,
  type CommandId,
  type ConversationId,
  type DeviceId,
  type EventType,
  type MemberRole,
  type UserId,
} from '@parley/events';
import { LogWork, openEventLog, type AppendRule, type RedisEventLog } from '@parley/events/log';
import {
  archiveOf,
  conversationRows,
  lineageOf,
  membershipsOf,
  migrate,
  openDatabase,
  type ConversationRow,
  type Database,
} from '@parley/read-models';
import { ephemeralMongo, ephemeralRedis, type LocalServer } from '@parley/servers';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { allProjections } from '../projections/all-projections.ts';
import { CommitLanes } from '../projector/commit-lanes.ts';
import { PartitionProjector, type ProjectorSetting } from '../projector/partition.ts';

/** A log and a MongoDB of one's own, and people who write into the log. */
export class ProjectionFixture implements AsyncDisposable {
  readonly redis: LocalServer;
  readonly mongo: LocalServer;
  readonly database: Database;
  readonly log: RedisEventLog;
  readonly work: LogWork;
  /** Writes around the log's own scripts, as corruption would. */
  readonly raw: Redis;
  readonly alice: Actor = newActor();
  readonly bob: Actor = newActor();
  /** Told of each append that met its partition at rest: where the api wakes somebody. */
  onAtRest: (partition: Partition) => void = () => undefined;
  readonly #partitions = new Set<number>();

  private constructor(redis: LocalServer, mongo: LocalServer, database: Database, log: RedisEventLog) {
    this.redis = redis;
    this.mongo = mongo;
    this.database = database;
    this.log = log;
    this.work = new LogWork(redis.url);
    this.raw = new Redis(redis.url);
  }

  static async start(cacheGB = 0.25): Promise<ProjectionFixture> {
    const [redis, mongo] = await Promise.all([
      ephemeralRedis({ settings: { maxmemory: '2gb' } }),
      ephemeralMongo({ cacheGB }),
    ]);
    const database = openDatabase(mongo.url);
    await migrate(database);
    const options = { url: redis.url, archive: archiveOf(database), lineage: lineageOf(database) };
    return new ProjectionFixture(redis, mongo, database, await openEventLog(options));
  }

  setting(change: Partial<ProjectorSetting> = {}): ProjectorSetting {
    const logger = pino({ level: 'silent' });
    return { database: this.database, log: this.work, projections: allProjections, logger, batch: 500, ...change };
  }

  /** @returns a projector of one partition with lanes of its own, as in a process of its own. */
  projector(partition: Partition, change: Partial<ProjectorSetting> = {}): PartitionProjector {
    const setting = this.setting(change);
    return new PartitionProjector(partition, setting, new CommitLanes(setting.database, setting.projections));
  }

  /** Alice makes a group with Bob in it, in a partition where no other group of this fixture is. @returns its id. */
  async group(history: 'all' | 'joined' = 'all'): Promise<ConversationId> {
    const id = this.#idApart();
    const members = [
      { userId: this.alice.userId, role: 'owner' as MemberRole },
      { userId: this.bob.userId, role: 'member' as MemberRole },
    ].sort((a, b) => (a.userId < b.userId ? -1 : 1));
    const body = { history, kind: 'group', members, name: 'Gardeners', visibility: 'private' };
    await this.#append(id, this.alice, {
      type: 'conversation.created',
      body: JSON.stringify(body),
      rule: { rule: 'create', kind: 'group', visibility: 'private', history, members },
      commandId: id as string as CommandId,
    });
    return id;
  }

  /** What a test does to its partition must not meet another test by chance. */
  #idApart(): ConversationId {
    let id = newId<ConversationId>();
    while (this.#partitions.has(partitionOf(id)) && this.#partitions.size < PARTITIONS) id = newId<ConversationId>();
    this.#partitions.add(partitionOf(id));
    return id;
  }

  /** @returns the seq. */
  async say(id: ConversationId, text: string, actor: Actor = this.alice): Promise<number> {
    const body = JSON.stringify({ content: { suite: 'none', text } });
    return this.#append(id, actor, { type: 'message.sent', body, rule: { rule: 'post', role: 'member' } });
  }

  /** @returns the seq. */
  async change(
    id: ConversationId,
    type: 'message.edited' | 'message.deleted' | 'reaction.added' | 'reaction.removed',
    seq: number,
    rest: object = {},
    actor: Actor = this.alice,
  ): Promise<number> {
    const { conversation } = (await this.log.access(actor.userId, [id]))[0] ?? {};
    const sorted = Object.entries({ ...rest, target: { epoch: conversation?.epoch, seq } }).sort(([a], [b]) =>
      a < b ? -1 : 1,
    );
    const body = JSON.stringify(Object.fromEntries(sorted));
    return this.#append(id, actor, { type, body, rule: { rule: 'post', role: 'member' } });
  }

  /** @returns the seq. */
  async add(id: ConversationId, userId: UserId): Promise<number> {
    const body = JSON.stringify({ role: 'member', userId });
    return this.#append(id, this.alice, { type: 'member.added', body, rule: { rule: 'add', userId, role: 'member' } });
  }

  /** Alice gives somebody another role. @returns the seq. */
  async changeRole(id: ConversationId, userId: UserId, role: MemberRole): Promise<number> {
    const body = JSON.stringify({ role, userId });
    return this.#append(id, this.alice, {
      type: 'member.role-changed',
      body,
      rule: { rule: 'change-role', userId, role },
    });
  }

  /** @returns the seq. */
  async remove(id: ConversationId, userId: UserId): Promise<number> {
    const body = JSON.stringify({ userId });
    return this.#append(id, this.alice, { type: 'member.removed', body, rule: { rule: 'remove', userId } });
  }

  /** @returns somebody's row of a conversation, as the read models have it. `read`: their mark, if not the kept one. */
  async row(userId: UserId, id: ConversationId, read?: number): Promise<ConversationRow | undefined> {
    const memberships = await membershipsOf(this.database, userId);
    const marks = new Map(read === undefined ? [] : [[id, read]]);
    return (await conversationRows(this.database, userId, memberships, marks)).find((row) => row.conversationId === id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.raw.disconnect();
    this.work.close();
    await this.log.close();
    await this.database[Symbol.asyncDispose]();
    await Promise.all([this.redis.stop(), this.mongo.stop()]);
  }

  async #append(
    conversationId: ConversationId,
    actor: Actor,
    event: { type: EventType; body: string; rule: AppendRule; commandId?: CommandId },
  ): Promise<number> {
    const { type, body, rule, commandId = newId<CommandId>() } = event;
    const request = { type, v: 1, conversationId, commandId, actor, at: Date.now(), body, rule };
    for (;;) {
      const outcome = await this.log.append(request);
      if (outcome.outcome === 'appended' && outcome.atRest) this.onAtRest(partitionOf(conversationId));
      if (outcome.outcome !== 'refused') return outcome.receipt.seq;
      // The same command once more, as an outbox does it.
      if (!isRetryable(outcome.refusal)) throw new Error(`${type} was refused: ${outcome.refusal.message}`);
    }
  }
}

/** @returns somebody with one device. */
export function newActor(): Actor {
  return { userId: newId<UserId>(), deviceId: newId<DeviceId>() };
}
