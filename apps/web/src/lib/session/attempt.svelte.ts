import { refusalMessage } from './refusal-message.ts';

/** One try of a form after another: busy while it runs, and what came in the way. */
export class Attempt {
  #busy = $state(false);
  #problem = $state('');

  get busy(): boolean {
    return this.#busy;
  }

  get problem(): string {
    return this.#problem;
  }

  async run(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#problem = '';
    try {
      await work();
    } catch (fault) {
      this.#problem = refusalMessage(fault);
    } finally {
      this.#busy = false;
    }
  }
}
