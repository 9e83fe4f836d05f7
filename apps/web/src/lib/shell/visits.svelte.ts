import { createContext } from 'svelte';

/** Whether there is a page of this app to go back to. */
export class Visits {
  #canGoBack = $state(false);

  get canGoBack(): boolean {
    return this.#canGoBack;
  }

  /** A page of this app was left for another. */
  moved(): void {
    this.#canGoBack = true;
  }
}

export const [useVisits, provideVisits] = createContext<Visits>();
