import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { RelaySetting } from './relay-main.ts';

/**
 * A relay in a thread of its own: what is heard live must not wait until a batch is projected. A fault that the relay
 * does not survive ends the process, as it would without the thread.
 */
export class RelayThread implements AsyncDisposable {
  readonly #thread: Worker;

  constructor({ logUrl, fanoutUrl, logLevel }: RelaySetting) {
    const workerData: RelaySetting = { logUrl, fanoutUrl, logLevel };
    this.#thread = new Worker(new URL('./relay-main.ts', import.meta.url), { workerData });
  }

  /** Finishes what is being written. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#thread, 'exit');
    this.#thread.postMessage('end');
    await ended;
  }
}
