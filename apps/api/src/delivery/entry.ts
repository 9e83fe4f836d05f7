import { newId, type ConversationId, type UserId } from '@parley/events';
import { NO_RECOVERY, type ChatSocket } from './chat-socket.ts';
import { conversationRoom, userRoom } from './rooms.ts';

/** What one user hears from a place in the fan-out on. `memberships` changes whenever the conversations do. */
export interface Heard {
  readonly conversations: readonly ConversationId[];
  readonly memberships: number;
}

export interface EntryPorts {
  /** Writes a marker into the fan-out and reads, in the same atomic step, what each user hears from there on. */
  readonly enter: (marker: string, userIds: readonly UserId[]) => Promise<ReadonlyMap<UserId, Heard>>;
  /** Whether the node hears the fan-out. Nobody enters before. */
  readonly open: () => boolean;
  /** Whether the socket's session still stands. */
  readonly stands: (socket: ChatSocket) => boolean;
  /** Told for each socket that entered again after a hole. */
  readonly resynced: (socket: ChatSocket) => void;
}

interface Waiting {
  readonly again: boolean;
  readonly done: () => void;
}

interface Crossing {
  readonly sockets: Map<ChatSocket, Waiting>;
  heard: ReadonlyMap<UserId, Heard> | undefined;
  /** Lets the tail go on that stands at this marker. */
  release: (() => void) | undefined;
}

const retryAfter = 250;
/** A marker that has not come by then went missing together with its place. */
const markerTimeout = 5_000;

/**
 * Lets sockets into their rooms exactly at a place in the fan-out: whoever was removed before it is not let in, and
 * every change after it arrives as an entry of the stream.
 */
export class Entry {
  readonly #ports: EntryPorts;
  #waiting = new Map<ChatSocket, Waiting>();
  readonly #crossings = new Map<string, Crossing>();
  readonly #entered = new WeakMap<ChatSocket, Promise<void>>();
  #scheduled = false;
  #calling = false;

  constructor(ports: EntryPorts) {
    this.#ports = ports;
  }

  /** Sockets that are not in their rooms yet. */
  get outside(): number {
    let crossing = 0;
    for (const { sockets } of this.#crossings.values()) crossing += sockets.size;
    return this.#waiting.size + crossing;
  }

  /** Whether some socket is out of its rooms that was in them before. */
  get returning(): boolean {
    const lines = [this.#waiting, ...Array.from(this.#crossings.values(), ({ sockets }) => sockets)];
    return lines.some((sockets) => [...sockets.values()].some(({ again }) => again));
  }

  /** Puts a socket in line. */
  add(socket: ChatSocket, again = false): void {
    this.remove(socket);
    const entered = new Promise<void>((done) => this.#waiting.set(socket, { again, done }));
    this.#entered.set(socket, entered);
    this.#schedule();
  }

  /** @returns when the socket is in its rooms. */
  async entered(socket: ChatSocket): Promise<void> {
    for (let entered = this.#entered.get(socket); ;) {
      await entered;
      const now = this.#entered.get(socket);
      if (now === entered) return;
      entered = now;
    }
  }

  /** Forgets a socket that is gone, or that goes to the end of the line. */
  remove(socket: ChatSocket): void {
    const waits = [this.#waiting, ...[...this.#crossings.values()].map(({ sockets }) => sockets)];
    for (const sockets of waits) {
      sockets.get(socket)?.done();
      sockets.delete(socket);
    }
  }

  /** Takes every socket out of its rooms and lets it in again at a new place. */
  restart(sockets: Iterable<ChatSocket>): void {
    for (const socket of sockets) {
      leaveRooms(socket);
      this.add(socket, true);
    }
  }

  /** Calls for those who wait, if the node hears the fan-out now. */
  resume(): void {
    this.#schedule();
  }

  /**
   * The node's tail stands at a marker.
   * @returns undefined when it may go on; else when it may: no later entry may be handled before.
   */
  reached(marker: string): Promise<void> | undefined {
    const crossing = this.#crossings.get(marker);
    if (!crossing) return undefined;
    if (crossing.heard) {
      this.#cross(marker, crossing, crossing.heard);
      return undefined;
    }
    return new Promise((release) => {
      crossing.release = release;
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#calling || this.#waiting.size === 0 || !this.#ports.open()) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#ports.open()) void this.#call();
    });
  }

  async #call(): Promise<void> {
    const marker = newId();
    const crossing: Crossing = { sockets: this.#waiting, heard: undefined, release: undefined };
    this.#waiting = new Map();
    this.#crossings.set(marker, crossing);
    this.#calling = true;
    try {
      const users = new Set([...crossing.sockets.keys()].map((socket) => socket.data.actor.userId));
      crossing.heard = await this.#ports.enter(marker, [...users]);
      if (crossing.release) this.#cross(marker, crossing, crossing.heard);
      else setTimeout(() => this.#giveUp(marker), markerTimeout).unref();
    } catch {
      setTimeout(() => this.#giveUp(marker), retryAfter).unref();
    } finally {
      this.#calling = false;
      crossing.release?.();
      this.#schedule();
    }
  }

  #cross(marker: string, crossing: Crossing, heard: ReadonlyMap<UserId, Heard>): void {
    this.#crossings.delete(marker);
    for (const [socket, waiting] of crossing.sockets) {
      const mine = heard.get(socket.data.actor.userId);
      waiting.done();
      if (!socket.connected) continue;
      if (!this.#ports.stands(socket)) {
        socket.disconnect(true);
        continue;
      }
      joinRooms(socket, mine ?? { conversations: [], memberships: NO_RECOVERY });
      if (waiting.again) this.#ports.resynced(socket);
    }
  }

  #giveUp(marker: string): void {
    const crossing = this.#crossings.get(marker);
    if (!crossing) return;
    this.#crossings.delete(marker);
    for (const [socket, waiting] of crossing.sockets) this.#waiting.set(socket, waiting);
    this.#schedule();
  }
}

function joinRooms(socket: ChatSocket, heard: Heard): void {
  const { userId } = socket.data.actor;
  socket.data.memberships = heard.memberships;
  void socket.join([userRoom(userId), ...heard.conversations.map(conversationRoom)]);
}

/** All but the socket's own room and its session's, through which it can still be closed. */
function leaveRooms(socket: ChatSocket): void {
  socket.data.memberships = NO_RECOVERY;
  for (const room of [...socket.rooms]) {
    if (room.startsWith('c:') || room.startsWith('u:')) void socket.leave(room);
  }
}
