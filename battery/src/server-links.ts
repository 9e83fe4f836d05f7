import { fork } from 'node:child_process';
import { once } from 'node:events';
import { guard } from '@parley/servers';

/** A breakable way to one server, as `TcpProxy` describes it; each act settles once the link is in that state. */
export interface ServerLink {
  /** Where it is reached on 127.0.0.1. */
  readonly port: number;
  cut(): Promise<void>;
  blackhole(): Promise<void>;
  dropReplies(): Promise<void>;
  /** Delays every chunk in each direction. */
  latency(milliseconds: number): Promise<void>;
  /** Lets at most so many bytes a second through, per connection and direction. */
  throttle(bytesPerSecond: number): Promise<void>;
  heal(): Promise<void>;
}

/** What the links' process is told to do with the link at a port. */
export type LinkOrder =
  | { readonly do: 'cut' | 'blackhole' | 'dropReplies' | 'heal'; readonly link: number }
  | { readonly do: 'latency'; readonly link: number; readonly milliseconds: number }
  | { readonly do: 'throttle'; readonly link: number; readonly bytesPerSecond: number };

/** @property target port of the server that a new link leads to. */
export type Order = LinkOrder | { readonly do: 'open'; readonly target: number };

export interface Answer {
  readonly id: number;
  readonly port: number;
}

const GONE = 'The process of the links has ended.';

/** Server links in a process of their own; disposing of it ends all of them. */
export class ServerLinks implements AsyncDisposable {
  readonly #process = fork(new URL('./link-process.ts', import.meta.url), { execArgv: [] });
  readonly #waiting = new Map<number, PromiseWithResolvers<number>>();
  readonly #ended = once(this.#process, 'exit');
  #asked = 0;

  constructor() {
    guard(this.#process, 'KILL');
    this.#process.on('message', ({ id, port }: Answer) => {
      this.#waiting.get(id)?.resolve(port);
      this.#waiting.delete(id);
    });
    this.#process.on('error', () => undefined);
    this.#process.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(GONE));
    });
  }

  /** @returns a new link to the server at this port of 127.0.0.1. */
  async open(target: number): Promise<ServerLink> {
    const link = await this.#order({ do: 'open', target });
    const act = async (order: LinkOrder): Promise<void> => {
      await this.#order(order);
    };
    return {
      port: link,
      cut: () => act({ do: 'cut', link }),
      blackhole: () => act({ do: 'blackhole', link }),
      dropReplies: () => act({ do: 'dropReplies', link }),
      latency: (milliseconds) => act({ do: 'latency', link, milliseconds }),
      throttle: (bytesPerSecond) => act({ do: 'throttle', link, bytesPerSecond }),
      heal: () => act({ do: 'heal', link }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #order(order: Order): Promise<number> {
    if (!this.#process.connected) return Promise.reject(new Error(GONE));
    const answer = Promise.withResolvers<number>();
    this.#asked += 1;
    this.#waiting.set(this.#asked, answer);
    this.#process.send({ id: this.#asked, order });
    return answer.promise;
  }
}
