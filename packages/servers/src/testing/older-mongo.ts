import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** In a reply: the name of a BSON text field, behind it 4 bytes of length and the text. */
const VERSION = Buffer.from('\u0002version\0', 'latin1');

/** A real mongod that says it is version 5: every reply goes through here, and the first digit of `version` is changed. */
export class OlderMongo implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(mongoPort: number) {
    this.#server = createServer((client) => {
      this.#relay(client, connect(mongoPort, '127.0.0.1'));
    });
  }

  /** @returns the door before the mongod on that port of this machine. */
  static async before(mongoPort: number): Promise<OlderMongo> {
    const door = new OlderMongo(mongoPort);
    door.#server.listen(0, '127.0.0.1');
    await once(door.#server, 'listening');
    return door;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #relay(client: Socket, mongo: Socket): void {
    for (const [socket, other] of [
      [client, mongo],
      [mongo, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
    client.pipe(mongo);
    let rest: Buffer = Buffer.alloc(0);
    mongo.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      // A message begins with its own length: only whole ones go on, so that no field is cut in two.
      while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
        const end = rest.readInt32LE(0);
        client.write(aged(rest.subarray(0, end)));
        rest = rest.subarray(end);
      }
    });
  }
}

function aged(message: Buffer): Buffer {
  const at = message.indexOf(VERSION);
  if (at >= 0) message.write('5', at + VERSION.length + 4, 'latin1');
  return message;
}
