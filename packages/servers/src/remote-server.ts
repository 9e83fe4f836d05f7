import { ServerError, type ServerHandle } from './server-handle.ts';

/** A server that was given by its URL: it can be used, not controlled. */
export class RemoteServer implements ServerHandle {
  readonly kind: ServerHandle['kind'];
  readonly url: string;
  readonly pid = 0;
  readonly dataDir = '';
  readonly #onStop: () => Promise<void>;

  /** @param onStop gives up what was taken of it, such as a database of its own. */
  constructor(kind: ServerHandle['kind'], url: string, onStop = async (): Promise<void> => Promise.resolve()) {
    this.kind = kind;
    this.url = url;
    this.#onStop = onStop;
  }

  get port(): number {
    return Number(/:(\d+)(?:[/?,]|$)/.exec(this.url.replace(/^\w+:\/\/(?:[^@/]*@)?/, ''))?.[1] ?? 0);
  }

  async gone(): Promise<void> {
    return new Promise(() => undefined);
  }

  async stop(): Promise<void> {
    await this.#onStop();
  }

  async kill(): Promise<void> {
    return this.#refuse();
  }
  async restart(): Promise<void> {
    return this.#refuse();
  }
  async pause(): Promise<void> {
    return this.#refuse();
  }
  async resume(): Promise<void> {
    return this.#refuse();
  }

  async #refuse(): Promise<never> {
    const name = this.kind === 'redis' ? 'REDIS_URL' : 'MONGODB_URL';
    return Promise.reject(
      new ServerError(`This server was given by ${name} and is not ours to stop. Take the variable away to do that.`),
    );
  }
}
