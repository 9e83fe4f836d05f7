import { createContext } from 'svelte';
import { Countdown } from './countdown.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  /** What a button in it does, such as Undo. */
  readonly action?: { readonly name: string; readonly run: () => void };
}

/** `stays`: for how many milliseconds, null until it is acted on. `over`: its time ran out, and nobody acted. */
export interface ToastOptions {
  readonly action?: Toast['action'];
  readonly stays?: number | null;
  readonly over?: () => void;
}

const STAYS_MS = 5_000;

/** Short notes at the edge of the screen. */
export class Toasts {
  #list = $state.raw<readonly Toast[]>([]);
  #places = $state.raw<readonly symbol[]>([]);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- never shown
  readonly #clocks = new Map<number, Countdown>();
  #count = 0;
  #held = false;

  get list(): readonly Toast[] {
    return this.#list;
  }

  /** Where they are shown: in the dialog that was opened last, for all else is out of reach then; null in the page. */
  get place(): symbol | null {
    return this.#places.at(-1) ?? null;
  }

  /** A dialog opens. @returns what to call when it is closed. */
  enter(place: symbol): () => void {
    this.#places = [...this.#places, place];
    return () => (this.#places = this.#places.filter((other) => other !== place));
  }

  /** @returns a function that takes the note away before its time. */
  show(text: string, { action, stays = STAYS_MS, over }: ToastOptions = {}): () => void {
    const id = (this.#count += 1);
    this.#list = [...this.#list, action ? { id, text, action } : { id, text }];
    if (stays !== null) this.#time(id, stays, over);
    return () => this.dismiss(id);
  }

  dismiss(id: number): void {
    this.#clocks.get(id)?.hold();
    this.#clocks.delete(id);
    this.#list = this.#list.filter((toast) => toast.id !== id);
  }

  /** Time stands still while somebody is at the notes: whoever needs longer to reach a button has it (WCAG 2.2.1). */
  hold(held: boolean): void {
    this.#held = held;
    for (const clock of this.#clocks.values()) {
      if (held) clock.hold();
      else clock.run();
    }
  }

  #time(id: number, stays: number, over: (() => void) | undefined): void {
    const clock = new Countdown(stays, () => {
      this.dismiss(id);
      over?.();
    });
    this.#clocks.set(id, clock);
    if (!this.#held) clock.run();
  }
}

export const [useToasts, provideToasts] = createContext<Toasts>();
