import { setTimeout as wait } from 'node:timers/promises';
import type { FoundServer } from '@parley/servers';

import { BackOff } from './back-off.ts';

/** A server of ours that is started again on its data whenever it dies, until it is stopped. */
export class KeptServer {
  readonly role: string;
  readonly found: FoundServer;
  readonly #stopping = new AbortController();

  /** @param changed called after each death and each new start. */
  constructor(role: string, found: FoundServer, write: (line: string) => void, changed: () => void) {
    this.role = role;
    this.found = found;
    if (found.how !== 'url') void this.#keep(write, changed);
  }

  /** Ends it cleanly; one that was given by its URL is left alone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.found.server.stop();
  }

  async #keep(write: (line: string) => void, changed: () => void): Promise<void> {
    const { server } = this.found;
    const backOff = new BackOff();
    for (;;) {
      const born = performance.now();
      await server.gone();
      if (this.#isStopping()) return;
      changed();
      const pause = backOff.after(performance.now() - born);
      write(`parley   | ${server.kind} ended; it is started again in ${pause / 1_000} s.`);
      await wait(pause, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#isStopping()) return;
      await server.restart().catch((error: unknown) => write(`parley   | ${String(error)}`));
      changed();
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}
