import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A real Redis that says it is version 6: every reply goes through here, and what INFO says of it is changed. */
export class OlderRedis implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(redisPort: number) {
    this.#server = createServer((client) => {
      this.#relay(client, connect(redisPort, '127.0.0.1'));
    });
  }

  /** @returns the door before the Redis on that port of this machine. */
  static async before(redisPort: number): Promise<OlderRedis> {
    const door = new OlderRedis(redisPort);
    door.#server.listen(0, '127.0.0.1');
    await once(door.#server, 'listening');
    return door;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #relay(client: Socket, redis: Socket): void {
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
    client.pipe(redis);
    // The version stands near the beginning of a reply that Redis writes at once.
    redis.on('data', (bytes: Buffer) => {
      const aged = bytes.toString('latin1').replace(/redis_version:\d/, 'redis_version:6');
      client.write(aged, 'latin1');
    });
  }
}
