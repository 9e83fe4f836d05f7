import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { Redis } from 'ioredis';
import { broadcastText, type RoomIndex } from './broadcast.ts';
import { guardEmits } from './emit-guard.ts';
import { cutBroadcast, entryType, parseControl, type RawEntry } from './raw-entry.ts';
import { TailOrder } from './tail-order.ts';

/** The stream that all api nodes read. */
export const FAN_OUT_STREAM = 'socket.io';
/** Longest wait of one read, in milliseconds; the client's `socketTimeout` must be longer. */
const BLOCK_MS = 2_000;

/** What happens in the fan-out, told to the rest of the delivery. */
export interface FanOutEvents {
  /** The counter jumped: everything since may be missing. Called before the entry is handled. */
  hole(): void;
  /** The tail stands at a marker of this node. It goes on when the promise settles; at once without one. */
  marker(marker: string): Promise<void> | undefined;
  /** This node's own heartbeat came round. */
  heartbeat(): void;
  /** Sockets in `rooms` are about to join or leave conversations. */
  membership(rooms: readonly string[]): void;
  /** Whether live frames may be sent now. */
  delivering(): boolean;
}

/** The adapter as we wrap it: what Socket.IO's types hide, of exactly the pinned version. */
export interface StreamsAdapter extends RoomIndex {
  readonly uid: string;
  onRawMessage(entry: RawEntry, offset: string): void;
}

export interface FanOutOptions {
  /** A client with an offline queue, no retry limit and a `socketTimeout` above `BLOCK_MS`. */
  readonly redis: Redis;
  /** Connection state recovery: broadcasts carry their place in the stream. */
  readonly recovery: boolean;
  readonly events: FanOutEvents;
  /** Further changes to the adapter, told its node id. */
  readonly extend: (adapter: StreamsAdapter) => void;
}

/**
 * Wraps the Redis Streams adapter: every entry is checked for density and order of entry first, live events go out as
 * the log's own text, and nothing but our scripts may write to the stream.
 * @returns a constructor for Socket.IO's `adapter` option.
 */
export function createFanOutAdapter(options: FanOutOptions): ReturnType<typeof createAdapter> {
  const create = createAdapter(options.redis, { streamName: FAN_OUT_STREAM, blockTimeInMs: BLOCK_MS });
  // Socket.IO calls this with `new`: an arrow function would throw.
  return function (namespace: unknown) {
    const adapter = create(namespace);
    const wrapped = adapter as unknown as StreamsAdapter;
    const tail = new Tail(wrapped, wrapped.onRawMessage.bind(wrapped), options);
    wrapped.onRawMessage = (entry, offset) => tail.receive(entry, offset);
    guardEmits(adapter);
    options.extend(wrapped);
    return adapter;
  };
}

class Tail {
  readonly #adapter: StreamsAdapter;
  readonly #stock: (entry: RawEntry, offset: string) => void;
  readonly #events: FanOutEvents;
  readonly #recovery: boolean;
  readonly #order = new TailOrder();
  /** Entries that came while the tail stands at a marker. */
  #held: [RawEntry, string][] | undefined;

  constructor(adapter: StreamsAdapter, stock: (entry: RawEntry, offset: string) => void, options: FanOutOptions) {
    this.#adapter = adapter;
    this.#stock = stock;
    this.#events = options.events;
    this.#recovery = options.recovery;
  }

  receive(entry: RawEntry, offset: string): void {
    if (this.#held) this.#held.push([entry, offset]);
    else this.#handle(entry, offset);
  }

  #handle(entry: RawEntry, offset: string): void {
    try {
      if (this.#order.place(Number(entry.n)) === 'hole') this.#events.hole();
      this.#deliver(entry, offset);
    } catch {
      // Thrown out of here, the adapter would read the same entry again for ever. What it did is not known: a hole.
      this.#events.hole();
    }
  }

  #deliver(entry: RawEntry, offset: string): void {
    const { type } = entry;
    if (type === entryType.control) {
      this.#control(entry);
    } else if (type === entryType.broadcast) {
      if (this.#events.delivering()) this.#broadcast(entry, offset);
    } else {
      if (type === entryType.join || type === entryType.leave) this.#events.membership(roomsOf(entry));
      this.#stock(entry, offset);
    }
  }

  #broadcast(entry: RawEntry, offset: string): void {
    const text = cutBroadcast(entry.data ?? '', this.#recovery ? offset : null);
    if (!text) {
      this.#stock(entry, offset);
      return;
    }
    broadcastText(this.#adapter, text);
  }

  #control(entry: RawEntry): void {
    const control = parseControl(entry, this.#adapter.uid);
    if (!control) return;
    if ('heartbeat' in control) {
      this.#events.heartbeat();
      return;
    }
    const wait = this.#events.marker(control.marker);
    if (!wait) return;
    this.#held = [];
    void wait.then(() => this.#release());
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const [entry, offset] of held) this.receive(entry, offset);
  }
}

function roomsOf(entry: RawEntry): readonly string[] {
  return (JSON.parse(entry.data ?? '') as { opts: { rooms: string[] } }).opts.rooms;
}
