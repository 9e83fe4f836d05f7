import { createContext } from 'svelte';

const PAUSE_MS = 700;

/**
 * Speaks to assistive technology through one polite region that is in the page from the start: regions that come later
 * are not read. What is said within a short pause is said once.
 */
export class Announcer {
  #text = $state('');
  #next = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  get text(): string {
    return this.#text;
  }

  say(sentence: string): void {
    this.#next = sentence;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // A no-break space at the end makes the same sentence news when it is said twice.
      this.#text = this.#text === this.#next ? `${this.#next}\u00a0` : this.#next;
    }, PAUSE_MS);
  }
}

export const [useAnnouncer, provideAnnouncer] = createContext<Announcer>();
