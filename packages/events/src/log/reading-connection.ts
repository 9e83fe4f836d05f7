import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SILENCE_MS } from './log-server.ts';
import { RedisValues } from './redis-values.ts';

/** The least room for a reply; afterwards as much as the last one took. */
const LEAST_ROOM = 16_384;

/**
 * A connection that only reads, in bulk: a general client makes some thirty objects of each log entry, which was a
 * quarter of what projecting it costs. One question at a time. It connects when it is asked and again after it broke.
 */
export class ReadingConnection {
  readonly #url: URL;
  #socket: Socket | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #room = LEAST_ROOM;
  #closed = false;

  /** @param url `redis://` or `rediss://`, with user, password and database where they are needed. */
  constructor(url: string) {
    this.#url = new URL(url);
  }

  /**
   * Asks these commands, one after the other with nothing of ours between them.
   * @returns their replies. Rejects when Redis replies an error, is away, or is silent.
   */
  ask(commands: readonly (readonly string[])[]): Promise<RedisValues> {
    const answer = this.#turn.then(() => this.#askNow(commands));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
  }

  async #askNow(commands: readonly (readonly string[])[]): Promise<RedisValues> {
    if (this.#closed) throw new Error('The connection to the log Redis is closed.');
    try {
      const socket = this.#socket ?? (await this.#connect());
      const values = await exchange(socket, commands, this.#room);
      this.#room = Math.max(LEAST_ROOM, Math.min(values.size * 2, 4 * 1024 * 1024));
      return values;
    } catch (error) {
      // Not left to the event of its end, which comes after the next question.
      this.#socket?.destroy();
      this.#socket = undefined;
      throw error;
    }
  }

  /** The questions stand in line, so nobody uses the socket before its first commands are answered. */
  async #connect(): Promise<Socket> {
    const { username, password, pathname } = this.#url;
    const socket = this.#begin();
    this.#socket = socket;
    socket.setTimeout(SILENCE_MS);
    // Whoever asks is told; between two questions nobody is there to be told.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    const named = username && decodeURIComponent(username) !== 'default' ? [decodeURIComponent(username)] : [];
    const first = [
      ...(password ? [['AUTH', ...named, decodeURIComponent(password)]] : []),
      ['SELECT', pathname.slice(1) || '0'],
    ];
    await exchange(socket, first, LEAST_ROOM);
    return socket;
  }

  #begin(): Socket {
    const { hostname, port, protocol } = this.#url;
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const address = { host, port: Number(port || 6379), noDelay: true };
    if (protocol !== 'rediss:') return connectPlain(address);
    // RFC 6066 has names there and no addresses.
    return connectTls(isIP(host) ? address : { ...address, servername: host });
  }
}

function exchange(socket: Socket, commands: readonly (readonly string[])[], room: number): Promise<RedisValues> {
  const values = new RedisValues(commands.length, room);
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void): void => {
      socket.off('data', take).off('error', fail).off('close', fail).off('timeout', silent);
      settled();
    };
    const fail = (error?: unknown): void => {
      settle(() => {
        reject(error instanceof Error ? error : new Error('The connection to the log Redis broke.'));
      });
    };
    const silent = (): void => {
      fail(new Error('The log Redis is silent.'));
    };
    const take = (chunk: Buffer): void => {
      try {
        if (!values.push(chunk)) return;
      } catch (error) {
        fail(error);
        return;
      }
      settle(() => {
        resolve(values);
      });
    };
    socket.on('data', take).on('error', fail).on('close', fail).on('timeout', silent);
    socket.write(commands.map(written).join(''));
  });
}

/** A command as RESP2 writes it; ours are of ASCII characters but for passwords. */
function written(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
}
