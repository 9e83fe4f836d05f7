import { NewestQuestion } from './newest-question.svelte.ts';

/** Asks the server for people by name: of a big workspace only the first are known here. */
export class PeopleSearch {
  readonly #find: (text: string) => Promise<unknown>;
  readonly #question = new NewestQuestion();
  #state = $state<'asking' | 'answered'>('answered');
  #text = '';
  /** Whether the first people of all were asked for. */
  #hasFirst = false;

  /** @param find makes whom it finds known. */
  constructor(find: (text: string) => Promise<unknown>) {
    this.#find = find;
  }

  /** Whether all that the server knows of what was typed last is known here. */
  get answered(): boolean {
    return this.#state === 'answered';
  }

  get problem(): string {
    return this.#question.problem;
  }

  /** Looks for people whose names hold a text, when it has stood for a moment; without a text for the first of all, once. */
  find(text: string): void {
    this.close();
    this.#text = text.trim();
    this.#state = this.#text === '' && this.#hasFirst ? 'answered' : 'asking';
    if (!this.answered) this.#question.soon(() => this.again());
  }

  /** Asks at once, for the first of all or for the same once more. */
  async again(): Promise<void> {
    this.#state = 'asking';
    if (!(await this.#question.ask(() => this.#find(this.#text)))) return;
    this.#state = 'answered';
    this.#hasFirst ||= this.#text === '';
  }

  /** What is asked by now is for nobody any more. */
  close(): void {
    this.#question.drop();
  }
}
