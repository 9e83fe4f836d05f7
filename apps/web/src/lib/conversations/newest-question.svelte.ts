import { refusalMessage } from '#lib/session/refusal-message.ts';

/** A pause in typing after which the server is asked, in milliseconds. */
const PAUSE_MS = 250;

/** Questions to the server that replace each other, as somebody types: only the newest one counts. */
export class NewestQuestion {
  #problem = $state('');
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** What went wrong with the newest question, in words for people. */
  get problem(): string {
    return this.#problem;
  }

  /** Asks when nothing else is wanted for a moment; what was asked before counts no more. */
  soon(ask: () => Promise<void>): void {
    this.drop();
    this.#timer = setTimeout(() => void ask(), PAUSE_MS);
  }

  /** Asks at once. @returns the answer; null when it failed, or when something else was asked meanwhile. Never rejects. */
  async ask<T>(fetch: () => Promise<T>): Promise<{ readonly answer: T } | null> {
    const question = ++this.#asked;
    this.#problem = '';
    try {
      const answer = await fetch();
      return question === this.#asked ? { answer } : null;
    } catch (fault) {
      if (question === this.#asked) this.#problem = refusalMessage(fault);
      return null;
    }
  }

  /** What was asked so far is for nobody any more. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#problem = '';
  }
}
