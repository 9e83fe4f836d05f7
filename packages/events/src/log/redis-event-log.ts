import type { WireEvent } from '../contract/event.ts';
import { PARTITIONS, partitionOf, uuidTime } from '../contract/ids.ts';
import type { ConversationId, Epoch, Partition, UserId } from '../contract/ids.ts';
import type { MemberRole } from '../contract/conversation.ts';
import type { Refusal } from '../contract/error.ts';
import { hash8 } from './append-record.ts';
import type { Access, AppendOutcome, AppendRequest, Archive, EventLog, Lineage } from './event-log.ts';
import { FanOutConnection } from './fan-out-connection.ts';
import { FanOut } from './fan-out.ts';
import { Flight, type Load } from './flight.ts';
import { GroupCommit, type GroupCommitHost } from './group-commit.ts';
import { partitionKeys } from './keys.ts';
import { LogConnection, logFull, refusalFor, unavailable, type LogStatus } from './log-connection.ts';
import { LogMemory } from './log-memory.ts';
import { SILENCE_MS } from './log-server.ts';
import { idText, rawId } from './raw-id.ts';
import { sharedHead } from './shared-head.ts';
import { readMember, readSettings } from './stored-state.ts';
import { readEntry, wireEvent, type RawStreamEntry } from './stream-entry.ts';
import { refusalOf } from './append-reply.ts';

export interface EventLogOptions {
  /** URL of the log Redis. */
  readonly url: string;
  /** URL of the fan-out Redis where that is another server, which a relay writes then; the log's by default. */
  readonly fanOutUrl?: string;
  readonly archive: Archive;
  readonly lineage: Lineage;
  /** Allows a Redis that may lose what was acknowledged. */
  readonly acceptLoss?: boolean;
  /** Told of every fault, for the logger. */
  readonly onFault?: (fault: unknown) => void;
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number;
}

const DAY_MS = 86_400_000;
/** Entries of a partition: a few milliseconds of the server. */
const MOST_LOOKED_AT = 4_000;
const fromTheFuture: Refusal = {
  kind: 'invalid',
  message: 'This id is more than a day ahead of the server: set the clock of your device.',
};

/**
 * Opens the log. Resolves within about two seconds also when the log or the archive is out of reach: then `status` says
 * so and it becomes ready by itself. Rejects with a `LogServerError` if the server's settings would lose events.
 */
export async function openEventLog(options: EventLogOptions): Promise<RedisEventLog> {
  const log = new RedisEventLog(options);
  try {
    await log.open();
  } catch (error) {
    await log.close();
    throw error;
  }
  return log;
}

/** The log in Redis, with the fan-out on the same server or on one of its own. */
export class RedisEventLog implements EventLog {
  readonly fanOut: FanOut;
  readonly #connection: LogConnection;
  readonly #fanOutConnection: FanOutConnection | undefined;
  readonly #memory: LogMemory;
  readonly #archive: Archive;
  readonly #now: () => number;
  readonly #partitions: GroupCommit[];
  #patience: NodeJS.Timeout | undefined;

  constructor(options: EventLogOptions) {
    const { url, fanOutUrl = url, archive, lineage, acceptLoss = false, onFault } = options;
    const relayed = fanOutUrl !== url;
    this.#archive = archive;
    this.#now = options.now ?? Date.now;
    const host = this.#host();
    const flight = new Flight((loads) => this.#send(loads));
    this.#partitions = Array.from(
      { length: PARTITIONS },
      (_, partition) => new GroupCommit(partition as Partition, host, flight),
    );
    this.#connection = new LogConnection(
      { url, archive, lineage, acceptLoss, relayed, ...(onFault && { onFault }) },
      (partition) => {
        this.#partitions[partition]?.open();
      },
    );
    this.#memory = new LogMemory(this.#connection.redis);
    this.#fanOutConnection = relayed ? new FanOutConnection(fanOutUrl) : undefined;
    this.fanOut = new FanOut(this.#fanOutConnection ?? this.#connection, relayed ? this.#connection : undefined);
  }

  /** First opening; see `openEventLog`. */
  async open(): Promise<void> {
    const slow = new Promise<void>((resolve) => setTimeout(resolve, SILENCE_MS).unref());
    await Promise.race([this.#connection.open(), slow]);
    await this.#memory.look();
  }

  /** @returns whether the log takes appends now, and if not, why. */
  status(): LogStatus {
    return this.#connection.status();
  }

  append(request: AppendRequest): Promise<AppendOutcome> {
    const partition = partitionOf(request.conversationId);
    const refusal = this.#refusal(partition);
    if (refusal) return Promise.resolve({ outcome: 'refused', refusal });
    if (uuidTime(request.commandId) > this.#now() + DAY_MS) return this.#appendNothing(request);
    return this.#commitOf(partition).append(request);
  }

  async access(userId: UserId, conversationIds: readonly ConversationId[]): Promise<(Access | undefined)[]> {
    const found = new Map<ConversationId, Access>();
    const groups = Map.groupBy(conversationIds, partitionOf);
    await Promise.all(
      Array.from(groups, async ([partition, ids]) => {
        const args = [rawId(userId), Buffer.concat(ids.map(rawId))];
        const reply = (await this.#ask('access', partition, args)) as (Buffer | number | null)[];
        for (const [at, id] of ids.entries()) {
          const access = readAccess(id, reply, at);
          if (access) found.set(id, access);
        }
      }),
    );
    return conversationIds.map((id) => found.get(id));
  }

  async shared(conversationId: ConversationId, epoch: Epoch): Promise<number> {
    const reply = await this.#ask('shared', partitionOf(conversationId), [rawId(conversationId)]);
    const [head, lineage, epochs] = reply as [Buffer | null, Buffer | null, Buffer[]];
    const order = epochs.map((entry) => entry.toString('latin1').slice(0, 16) as Epoch);
    return sharedHead(epoch, order, Number(head ?? 0), lineage ?? Buffer.alloc(0));
  }

  async events(conversationId: ConversationId, from: number, to: number): Promise<WireEvent[]> {
    const args = [rawId(conversationId), String(from), String(to)];
    return wireEvents(await this.#ask('events', partitionOf(conversationId), args));
  }

  async window(conversationId: ConversationId, from: number, to: number): Promise<WireEvent[]> {
    const args = [rawId(conversationId), String(from), String(to), String(MOST_LOOKED_AT)];
    return wireEvents(await this.#ask('window', partitionOf(conversationId), args)).reverse();
  }

  async members(conversationId: ConversationId): Promise<{ userId: UserId; role: MemberRole; since: number }[]> {
    const reply = (await this.#ask('members', partitionOf(conversationId), [rawId(conversationId)])) as Buffer[];
    const members = [];
    for (let at = 0; at + 1 < reply.length; at += 2) {
      const [user, stored] = [reply[at], reply[at + 1]];
      if (!user || !stored) continue;
      const { role, since } = readMember(stored.toString('latin1'));
      if (role) members.push({ userId: idText<UserId>(user), role, since });
    }
    return members;
  }

  close(): Promise<void> {
    clearTimeout(this.#patience);
    this.#memory.close();
    this.#connection.close();
    this.#fanOutConnection?.close();
    for (const commit of this.#partitions) commit.refuseWaiting(unavailable);
    return Promise.resolve();
  }

  #ask(
    name: 'access' | 'events' | 'window' | 'shared' | 'members',
    partition: Partition,
    args: (string | Buffer)[],
  ): Promise<unknown> {
    return this.#connection.ask(name, [partitionKeys(partition).epoch], args);
  }

  /** An id from the future is refused; but clocks go back, too, and what is stored under it keeps its receipt. */
  async #appendNothing(request: AppendRequest): Promise<AppendOutcome> {
    const commit = this.#commitOf(partitionOf(request.conversationId));
    const outcome = await commit.append({ ...request, rule: { rule: 'refuse' } });
    const isNew = outcome.outcome === 'refused' && outcome.refusal.kind === 'not_found';
    return isNew ? { outcome: 'refused', refusal: fromTheFuture } : outcome;
  }

  #commitOf(partition: Partition): GroupCommit {
    const commit = this.#partitions[partition];
    if (!commit) throw new Error(`There is no partition ${partition}.`);
    return commit;
  }

  /** What is refused without asking the log. While it is away nothing collects: memory is finite. */
  #refusal(partition: Partition): Refusal | undefined {
    if (this.#memory.full) return logFull;
    const away = this.#connection.redis.status !== 'ready';
    if (away) return unavailable;
    if (this.#connection.epoch(partition) === undefined) this.#refuseIfNotOpenSoon();
    return undefined;
  }

  #host(): GroupCommitHost {
    return {
      look: (request) => this.#look(request),
      failed: (error) => {
        if (this.#connection.lostRun(error)) {
          this.#pauseUnopened();
          return { retry: true };
        }
        return { retry: false, refusal: refusalFor(error) };
      },
    };
  }

  async #send(loads: readonly Load[]): Promise<(Buffer | Error)[]> {
    const calls = loads.map(({ partition, records }) => {
      const epoch = this.#connection.epoch(partition);
      return epoch && { key: partitionKeys(partition).epoch, args: [epoch, Buffer.from(epoch, 'hex'), records] };
    });
    const replies = (
      await this.#connection.runAll(
        'append',
        calls.filter((call) => call !== undefined),
      )
    ).values();
    const closed = new Error('STALE the epoch of this partition is not open');
    return calls.map((call) => (call ? (replies.next().value as Buffer | Error) : closed));
  }

  async #look(request: AppendRequest): Promise<AppendOutcome | null> {
    const { conversationId, actor, commandId } = request;
    const found = await this.#archive.findReceipt(conversationId, actor.userId, commandId);
    if (!found) return null;
    const same = hash8(found.type, found.body).equals(hash8(request.type, request.body));
    if (same) return { outcome: 'repeated', receipt: found.receipt };
    return { outcome: 'refused', refusal: refusalOf('conflict') };
  }

  #pauseUnopened(): void {
    for (const commit of this.#partitions) commit.pause();
    this.#refuseIfNotOpenSoon();
  }

  /** What waits for an epoch waits no longer than the log may be silent. */
  #refuseIfNotOpenSoon(): void {
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined;
      for (const [partition, commit] of this.#partitions.entries()) {
        if (this.#connection.epoch(partition as Partition) === undefined) commit.refuseWaiting(unavailable);
      }
    }, SILENCE_MS);
  }
}

function wireEvents(reply: unknown): WireEvent[] {
  return (reply as RawStreamEntry[]).flatMap((raw) => {
    const entry = readEntry(raw);
    return 'unreadable' in entry ? [] : [wireEvent(entry)];
  });
}

const FIELDS = 4;

function readAccess(conversationId: ConversationId, reply: (Buffer | number | null)[], at: number): Access | undefined {
  const [epoch] = reply;
  const [head, settings, unarchived, member] = reply.slice(1 + at * FIELDS, 1 + (at + 1) * FIELDS);
  if (!epoch || !head || !settings) return undefined;
  const stored = member ? readMember(String(member)) : undefined;
  return {
    conversation: {
      conversationId,
      ...readSettings(String(settings)),
      epoch: String(epoch) as Epoch,
      head: Number(head),
      unarchived: Number(unarchived),
    },
    role: stored?.role ?? null,
    visible: stored?.visible ?? [],
  };
}
