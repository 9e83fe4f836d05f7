import { createContext } from 'svelte';

const PAUSE_MS = 700;

/**
 * Speaks to assistive technology through one polite region that is in the page from the start: regions that come later
 * are not read. What is said within a short pause is said once.
 */
export class Announcer {
  #text = $state('');
  #next: () => string = () => '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  get text(): string {
    return this.#text;
  }

  /** @param sentence what to say, or how to find that out when the pause is over; nothing when it is empty. */
  say(sentence: string | (() => string)): void {
    this.#next = typeof sentence === 'string' ? () => sentence : sentence;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#speak(this.#next()), PAUSE_MS);
  }

  #speak(sentence: string): void {
    // A no-break space at the end makes the same sentence news when it is said twice.
    if (sentence !== '') this.#text = this.#text === sentence ? `${sentence}\u00a0` : sentence;
  }
}

export const [useAnnouncer, provideAnnouncer] = createContext<Announcer>();
