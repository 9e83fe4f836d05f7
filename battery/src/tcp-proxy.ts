import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What a link does to its bytes.
 * - `open`: passes everything, after `latencyMs` and at most `bytesPerSecond` in each direction.
 * - `cut`: open connections are reset, new ones are refused at once.
 * - `blackhole`: open connections stay open, but nothing passes any more; new ones are taken and hear nothing.
 * - `drop-replies`: requests pass, replies don't: what was asked is done, but nobody learns of it.
 */
export type LinkState = 'open' | 'cut' | 'blackhole' | 'drop-replies';

/** Where a link ends; on this machine unless it names a host. */
export interface Target {
  readonly host?: string;
  readonly port: number;
}

/** Looks at what passed through one connection, without changing it. */
export interface Tap {
  request(chunk: Buffer): void;
  reply(chunk: Buffer): void;
}

/** A TCP link that can be broken in the ways real networks break. All bytes go over 127.0.0.1. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #state: LinkState = 'open';
  #latencyMs = 0;
  #bytesPerSecond = Infinity;
  readonly #target: () => Target;
  readonly #tapped: (() => Tap) | undefined;

  private constructor(server: Server, port: number, target: () => Target, tapped: (() => Tap) | undefined) {
    this.#server = server;
    this.port = port;
    this.#target = target;
    this.#tapped = tapped;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /**
   * Starts a proxy in front of a server, or of whichever server `target` names for each new connection.
   * @param port to listen on; 0 takes a free one.
   * @param tapped makes a tap for each new connection.
   */
  static async start(target: Target | (() => Target), port = 0, tapped?: () => Tap): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no TCP port.');
    return new TcpProxy(server, address.port, typeof target === 'function' ? target : () => target, tapped);
  }

  get state(): LinkState {
    return this.#state;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Resets all connections and refuses new ones. */
  cut(): void {
    this.#state = 'cut';
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Keeps all connections and lets nothing through, in neither direction. */
  blackhole(): void {
    this.#state = 'blackhole';
  }

  /** Lets requests through and swallows all replies. */
  dropReplies(): void {
    this.#state = 'drop-replies';
  }

  /** Adds a delay to every chunk in each direction. */
  latency(milliseconds: number): void {
    this.#latencyMs = milliseconds;
  }

  /** Lets at most so many bytes a second through, per connection and direction. */
  throttle(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /**
   * Passes everything again. What was swallowed stays lost, so connections that lost bytes are reset: no TCP stream
   * goes on with a hole in it.
   */
  heal(): void {
    const lossy = this.#state === 'blackhole' || this.#state === 'drop-replies';
    this.#state = 'open';
    this.#latencyMs = 0;
    this.#bytesPerSecond = Infinity;
    if (lossy) for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(near: Socket): void {
    near.on('error', () => near.destroy());
    if (this.#state === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', ...this.#target(), allowHalfOpen: true, noDelay: true });
    far.on('error', () => near.resetAndDestroy());
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const tap = this.#tapped?.();
    let open = pair.length;
    for (const socket of pair)
      socket.on('close', () => {
        open -= 1;
        if (open === 0) this.#pairs.delete(pair);
      });
    this.#pass(near, far, 'request', tap);
    this.#pass(far, near, 'reply', tap);
  }

  /**
   * Passes one direction on, in order: nothing more is read while a chunk waits or the writer is full, and the end comes
   * after the last of them; a black hole swallows that too. Not by `pipeline` and `Transform`: they cost more for each
   * chunk than all else here, and an abort at each end.
   */
  #pass(from: Socket, to: Socket, direction: 'request' | 'reply', tap: Tap | undefined): void {
    const write = (chunk: Buffer): boolean => {
      if (!this.#passes(direction)) return true;
      tap?.[direction](chunk);
      return to.write(chunk);
    };
    let waiting: Promise<void> | undefined;
    const afterLast = async (act: () => void): Promise<void> => {
      await waiting;
      if (this.#state !== 'blackhole') act();
    };
    from.on('data', (chunk: Buffer) => {
      const waitMs = this.#latencyMs + (chunk.length / this.#bytesPerSecond) * 1_000;
      if (waitMs > 0) {
        from.pause();
        waiting = pause(waitMs).then(() => {
          if (write(chunk)) from.resume();
        });
      } else if (!write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => void afterLast(() => to.end()));
    // What the other side was sent still has to leave it.
    from.on('close', (failed) => void afterLast(() => (failed ? to.destroy() : to.destroySoon())));
    from.resume();
  }

  #passes(direction: 'request' | 'reply'): boolean {
    if (this.#state === 'open') return true;
    return this.#state === 'drop-replies' && direction === 'request';
  }
}
