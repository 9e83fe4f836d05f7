import { createContext } from 'svelte';

export type DialogName = 'new' | 'browse' | 'invite' | 'switch' | 'keys';

/** Which of the shell's dialogs is open: one at a time. */
export class Dialogs {
  #open = $state<DialogName | null>(null);

  get open(): DialogName | null {
    return this.#open;
  }

  show(name: DialogName): void {
    this.#open = name;
  }

  readonly close = (): void => {
    this.#open = null;
  };
}

export const [useDialogs, provideDialogs] = createContext<Dialogs>();
