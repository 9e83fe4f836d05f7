import { refusalMessage } from '#lib/session/refusal-message.ts';

/** A pause in typing after which the server is asked, in milliseconds. */
const PAUSE_MS = 250;

/** Asks the server for people by name: of a big workspace only the first are known here. The newest question counts. */
export class PeopleSearch {
  readonly #find: (text: string) => Promise<unknown>;
  #state = $state<'asking' | 'answered'>('answered');
  #problem = $state('');
  #text = '';
  #question = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param find makes whom it finds known. */
  constructor(find: (text: string) => Promise<unknown>) {
    this.#find = find;
  }

  /** Whether all that the server knows of what was typed last is known here. */
  get answered(): boolean {
    return this.#state === 'answered';
  }

  get problem(): string {
    return this.#problem;
  }

  /** Looks for people whose names hold a text, when it has stood for a moment. */
  find(text: string): void {
    this.close();
    this.#text = text.trim();
    this.#problem = '';
    this.#state = this.#text === '' ? 'answered' : 'asking';
    if (this.#text !== '') this.#timer = setTimeout(() => void this.again(), PAUSE_MS);
  }

  /** Asks the same once more. */
  async again(): Promise<void> {
    const question = ++this.#question;
    this.#problem = '';
    try {
      await this.#find(this.#text);
      if (question === this.#question) this.#state = 'answered';
    } catch (fault) {
      if (question === this.#question) this.#problem = refusalMessage(fault);
    }
  }

  /** What is asked by now is for nobody any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#question += 1;
  }
}
