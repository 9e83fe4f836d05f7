import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** A company's HTTP proxy in front of a node: it passes every request, and sockets only while `passesSockets`. */
export class SocketBlocker {
  passesSockets = false;
  /** So many sockets were asked for and refused, or are open through it. */
  refused = 0;
  readonly #through = new Set<Socket>();
  readonly #server: Server;
  readonly #node: URL;

  private constructor(node: string) {
    this.#node = new URL(node);
    this.#server = createServer((request, response) => {
      const { method, headers, url } = request;
      const passed = ask({ ...this.#address, method, headers, path: url }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', () => response.destroy());
      request.pipe(passed);
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket) => this.#upgrade(request, socket));
  }

  static async start(node: string): Promise<SocketBlocker> {
    const blocker = new SocketBlocker(node);
    blocker.#server.listen(0, '127.0.0.1');
    await once(blocker.#server, 'listening');
    return blocker;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get open(): number {
    return this.#through.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#through) socket.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  get #address(): { host: string; port: number } {
    return { host: this.#node.hostname, port: Number(this.#node.port) };
  }

  #upgrade(request: IncomingMessage, near: Socket): void {
    near.on('error', () => near.destroy());
    if (!this.passesSockets) {
      this.refused += 1;
      near.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    const far = connect(this.#address);
    const { rawHeaders } = request;
    const lines = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [`${name}: ${String(rawHeaders[at + 1])}`]));
    far.write([`GET ${String(request.url)} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    this.#through.add(near);
    far.on('error', () => far.destroy()).on('close', () => near.destroy());
    near.on('close', () => {
      this.#through.delete(near);
      far.destroy();
    });
    near.pipe(far).pipe(near);
  }
}
