import { createContext } from 'svelte';

export interface Toast {
  readonly id: number;
  readonly text: string;
  /** What a button in it does, such as Undo. */
  readonly action?: { readonly name: string; readonly run: () => void };
}

const STAYS_MS = 5_000;

/** Short notes at the edge of the screen. */
export class Toasts {
  #list = $state.raw<readonly Toast[]>([]);
  #count = 0;

  get list(): readonly Toast[] {
    return this.#list;
  }

  /**
   * @param stays for how many milliseconds; null until it is acted on.
   * @returns a function that takes the note away before its time.
   */
  show(text: string, action?: Toast['action'], stays: number | null = STAYS_MS): () => void {
    const id = (this.#count += 1);
    this.#list = [...this.#list, action ? { id, text, action } : { id, text }];
    const timer = stays === null ? undefined : setTimeout(() => this.dismiss(id), stays);
    return () => {
      clearTimeout(timer);
      this.dismiss(id);
    };
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((toast) => toast.id !== id);
  }
}

export const [useToasts, provideToasts] = createContext<Toasts>();
