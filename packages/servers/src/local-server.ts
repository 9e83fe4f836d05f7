import { rm } from 'node:fs/promises';

import type { GuardedProcess } from './guarded-process.ts';
import type { ServerHandle } from './server-handle.ts';

interface LocalServerParts {
  readonly kind: ServerHandle['kind'];
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Whether `stop` removes the data folder. */
  readonly temporary: boolean;
  readonly start: () => Promise<GuardedProcess>;
}

/** A server that is a child of this process. */
export class LocalServer implements ServerHandle {
  readonly #parts: LocalServerParts;
  #process: GuardedProcess;

  private constructor(parts: LocalServerParts, process: GuardedProcess) {
    this.#parts = parts;
    this.#process = process;
  }

  /** @returns the server once it answers; rejects with `ServerError`. */
  static async start(parts: LocalServerParts): Promise<LocalServer> {
    return new LocalServer(parts, await parts.start());
  }

  get kind(): ServerHandle['kind'] {
    return this.#parts.kind;
  }
  get url(): string {
    return this.#parts.url;
  }
  get port(): number {
    return this.#parts.port;
  }
  get dataDir(): string {
    return this.#parts.dataDir;
  }
  get pid(): number {
    return this.#process.pid;
  }

  async gone(): Promise<void> {
    await this.#process.gone();
  }

  async stop(): Promise<void> {
    if (this.#parts.temporary) {
      await this.#process.signal('SIGKILL');
      await rm(this.#parts.dataDir, { recursive: true, force: true, maxRetries: 3 });
    } else {
      await this.#process.end(3_000);
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#process.signal(signal);
  }

  async restart(): Promise<void> {
    await this.#process.end(8_000);
    this.#process = await this.#parts.start();
  }

  async pause(): Promise<void> {
    await this.kill('SIGSTOP');
  }

  async resume(): Promise<void> {
    await this.kill('SIGCONT');
  }
}
