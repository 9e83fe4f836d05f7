import { randomUUID } from 'node:crypto';
import type { Partition, UserId } from '../contract/ids.ts';
import { FanOutConnection } from './fan-out-connection.ts';
import type { LogHeads, LogPlace } from './log-tail.ts';
import { rawId } from './raw-id.ts';
import type { RelayedEntry } from './relayed-entries.ts';
import type { RelayedScriptName } from './relayed-scripts.ts';

/** How long a relay that is not heard of keeps its lease, in milliseconds. */
const LEASE_MS = 1_500;
const USERS_AT_ONCE = 100;

/** Until when the fan-out is of which run of the log. `places` are of each partition: `epoch:n`. */
export interface RelayedState {
  /** Sockets may enter, and everything since was relayed. */
  readonly ready: boolean;
  readonly run: string;
  readonly places: readonly string[];
}

/** A user and the conversations (16 raw bytes each) that they hear. */
export interface Hearing {
  readonly userId: UserId;
  readonly conversations: Buffer;
}

/** @returns how the fan-out names a place. */
export function placeText({ epoch, n }: LogPlace): string {
  return `${epoch}:${n}`;
}

/** A fan-out on a server of its own, as one relay writes it. Every method rejects with what Redis answers. */
export class RelayedFanOut {
  readonly #connection: FanOutConnection;
  readonly #holder = randomUUID();

  constructor(url: string) {
    this.#connection = new FanOutConnection(url);
  }

  /** Takes the lease or keeps it. @returns whether this relay has it. */
  async lease(): Promise<boolean> {
    return this.#do('lease', [this.#holder, String(LEASE_MS)]);
  }

  /** Gives the lease back, so that another relay need not wait for its end. */
  async release(): Promise<void> {
    await this.#do('lease', [this.#holder, '0']);
  }

  async state(): Promise<RelayedState> {
    const stored = await this.#connection.redis.hgetall('relayed:at');
    const places = Object.entries(stored).filter(([name]) => /^p\d\d$/.test(name));
    places.sort(([one], [other]) => (one < other ? -1 : 1));
    return { ready: stored.state === 'ready', run: stored.run ?? '', places: places.map(([, place]) => place) };
  }

  /**
   * Writes entries that follow `from` and moves the partition to `to`, in one atomic step.
   * @param filling the token of the filling that is under way, or '' when there is none.
   * @returns whether the partition stood at `from`; nothing was written otherwise.
   */
  async relay(
    partition: Partition,
    { from, to, entries, filling }: { from: LogPlace; to: LogPlace; entries: readonly RelayedEntry[]; filling: string },
  ): Promise<boolean> {
    const args = entries.flatMap((entry) => {
      if (entry.type === '3') return [entry.type, entry.data, '', ''];
      return [entry.type, entry.data, rawId(entry.conversationId), entry.userIds.join(',')];
    });
    return this.#do('relay', [fieldOf(partition), placeText(from), placeText(to), filling, ...args]);
  }

  /** Closes the fan-out to everybody. @returns the filling's token, or undefined when the lease is another's. */
  async beginFilling(): Promise<string | undefined> {
    const token = randomUUID();
    return (await this.#do('fill-begin', [this.#holder, token])) ? token : undefined;
  }

  /** Takes away what anybody heard. */
  async forgetAll(token: string): Promise<void> {
    const prefix = 'relayed:version:';
    for await (const found of this.#connection.redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
      const users = (found as string[]).map((key) => key.slice(prefix.length) as UserId);
      await this.fill(
        token,
        users.map((userId) => ({ userId, conversations: Buffer.alloc(0) })),
      );
    }
  }

  /** Says what users hear. Rejects when another filling has begun. */
  async fill(token: string, users: readonly Hearing[]): Promise<void> {
    for (let at = 0; at < users.length; at += USERS_AT_ONCE) {
      const args = users.slice(at, at + USERS_AT_ONCE).flatMap((user) => [user.userId, user.conversations]);
      if (!(await this.#do('fill-users', [token, ...args]))) throw interrupted();
    }
  }

  /** Sets the places from which the relay goes on; nobody enters yet. Rejects when another filling has begun. */
  async endFilling(token: string, { run, heads }: LogHeads): Promise<void> {
    const places = heads.flatMap((head, partition) => [fieldOf(partition), placeText(head)]);
    if (!(await this.#do('fill-end', [token, run, ...places]))) throw interrupted();
  }

  /** Lets sockets enter. Rejects when another filling has begun. */
  async open(token: string): Promise<void> {
    if (!(await this.#do('ready', [token]))) throw interrupted();
  }

  close(): void {
    this.#connection.close();
  }

  async #do(name: RelayedScriptName, args: readonly (string | Buffer)[]): Promise<boolean> {
    return (await this.#connection.call(name, [], args)) === 1;
  }
}

function fieldOf(partition: number): string {
  return `p${String(partition).padStart(2, '0')}`;
}

function interrupted(): Error {
  return new Error('Another relay fills the fan-out: this one looks again.');
}
