import type { ConversationId, UserId } from '../contract/ids.ts';
import { idText } from './raw-id.ts';

/** Which conversations a user hears from a marker on, and the version of that: it grows with each change. */
export interface Entry {
  readonly version: number;
  readonly conversationIds: ConversationId[];
}

/** The server of the fan-out, which is the log's or one of its own. Rejects with a `RefusalError` `unavailable`. */
export interface FanOutServer {
  ask(
    name: 'enter' | 'heartbeat' | 'disconnect' | 'version',
    keys: readonly string[],
    args: readonly (string | Buffer)[],
  ): Promise<unknown>;
}

/** Writes into the fan-out stream, every entry with its dense counter. Rejects with a `RefusalError` `unavailable`. */
export class FanOut {
  readonly #connection: FanOutServer;
  readonly #log: FanOutServer | undefined;

  /** @param log given where the log is another server: a heartbeat passes there first, since its run may be a new one. */
  constructor(connection: FanOutServer, log?: FanOutServer) {
    this.#connection = connection;
    this.#log = log;
  }

  /**
   * Lets users enter at one place in the stream: their sockets join what is returned when the node's own tail comes to
   * the marker. Entries behind it change their rooms by themselves.
   */
  async enter(nodeId: string, marker: string, userIds: readonly UserId[]): Promise<Entry[]> {
    const reply = (await this.#connection.ask('enter', [], [nodeId, marker, ...userIds])) as Buffer[];
    return userIds.map((_, at) => ({
      version: Number(reply[at * 2]),
      conversationIds: rawIds(reply[at * 2 + 1] ?? Buffer.alloc(0)),
    }));
  }

  /** Writes a sign of life that comes round through the node's own tail. */
  async heartbeat(nodeId: string, beat: string): Promise<void> {
    await this.#log?.ask('heartbeat', [], [nodeId, beat]);
    await this.#connection.ask('heartbeat', [], [nodeId, beat]);
  }

  /** Closes every socket in these rooms, on all nodes. */
  async disconnect(rooms: readonly string[]): Promise<void> {
    await this.#connection.ask('disconnect', [], [...rooms]);
  }

  /** @returns how often the user's conversations changed. */
  async userVersion(userId: UserId): Promise<number> {
    const [entry] = (await this.#connection.ask('version', [], [userId])) as Buffer[];
    return Number(entry);
  }
}

function rawIds(packed: Buffer): ConversationId[] {
  return Array.from({ length: packed.length / 16 }, (_, at) => idText<ConversationId>(packed, at * 16));
}
