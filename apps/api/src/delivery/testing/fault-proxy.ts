import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A TCP link on 127.0.0.1 that delays or swallows what passes. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Delay of everything that comes back, in milliseconds. */
  replyLatencyMs = 0;
  /** What comes back waits for this. */
  repliesFrom: Promise<void> | undefined;
  /** Connections stay open, but nothing passes on those that are open now. */
  #deaf = new WeakSet<Socket>();
  /** What was asked is done, but nobody learns of it. */
  dropReplies = false;
  /** Resolves when all before has been written to a socket: what comes later never overtakes it, whatever the delay is then. */
  readonly #written = new WeakMap<Socket, Promise<void>>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Starts a proxy in front of a port. */
  static async to(port: number): Promise<FaultProxy> {
    const server = createServer();
    const proxy = new FaultProxy(server);
    server.on('connection', (near) => proxy.#accept(near, connect({ port, host: '127.0.0.1', noDelay: true })));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, connections that are open carry nothing, in neither direction; new ones are as ever. */
  blackholeOpen(): void {
    for (const socket of this.#sockets) this.#deaf.add(socket);
  }

  /** Resets all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(near: Socket, far: Socket): void {
    near.setNoDelay(true);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('data', (chunk) => this.#pass(chunk, from, to, from === far));
    }
  }

  #pass(chunk: Buffer, from: Socket, to: Socket, isReply: boolean): void {
    if (this.#deaf.has(from) || (isReply && this.dropReplies)) return;
    this.#written.set(to, this.#write(chunk, to, isReply ? this.#due() : undefined));
  }

  #due(): Promise<void> | undefined {
    return this.repliesFrom ?? (this.replyLatencyMs > 0 ? pause(this.replyLatencyMs) : undefined);
  }

  async #write(chunk: Buffer, to: Socket, due: Promise<void> | undefined): Promise<void> {
    await this.#written.get(to);
    await due;
    to.write(chunk);
  }
}
