import { createContext } from 'svelte';

const PAUSE_MS = 700;

/**
 * Speaks to assistive technology through one polite region that is in the page from the start: regions that come later
 * are not read. What is said within a short pause is said once; one thing after the other, so that none replaces another.
 */
export class Announcer {
  #text = $state('');
  #due: readonly (string | (() => string))[] = [];

  get text(): string {
    return this.#text;
  }

  /** @param sentence what to say, or how to find that out when the pause is over; nothing when it is empty. */
  say(sentence: string | (() => string)): void {
    // The pause is not begun anew: where something comes all the time, nothing would ever be said.
    if (this.#due.length === 0) this.#plan();
    // Said anew it is said after what came in between: the last word is how things are.
    this.#due = [...this.#due.filter((other) => other !== sentence), sentence];
  }

  #plan(): void {
    setTimeout(() => this.#speak(), PAUSE_MS);
  }

  #speak(): void {
    const [due = '', ...later] = this.#due;
    this.#due = later;
    if (later.length > 0) this.#plan();
    const sentence = typeof due === 'string' ? due : due();
    // A no-break space at the end makes the same sentence news when it is said twice.
    if (sentence !== '') this.#text = this.#text === sentence ? `${sentence}\u00a0` : sentence;
  }
}

export const [useAnnouncer, provideAnnouncer] = createContext<Announcer>();
