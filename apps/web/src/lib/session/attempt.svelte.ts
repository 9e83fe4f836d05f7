import { refusalMessage } from './refusal-message.ts';

/** One try of a form after another: busy while it runs, and what came in the way. */
export class Attempt {
  readonly #left = new AbortController();
  #busy = $state(false);
  #problem = $state('');

  get busy(): boolean {
    return this.#busy;
  }

  get problem(): string {
    return this.#problem;
  }

  /** @param work looks at the signal before it does what only somebody who is still there wants. */
  async run(work: (left: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#problem = '';
    try {
      await work(this.#left.signal);
    } catch (fault) {
      if (!this.#left.signal.aborted) this.#problem = refusalMessage(fault);
    } finally {
      this.#busy = false;
    }
  }

  /** Whoever tried has left: what comes of it later is for nobody. */
  readonly leave = (): void => this.#left.abort();
}
