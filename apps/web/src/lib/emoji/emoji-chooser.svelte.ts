import { createContext } from 'svelte';

interface Asked {
  readonly near: DOMRect;
  readonly from: HTMLElement | null;
  readonly pick: (emoji: string) => void;
}

/** The one emoji picker of a page: opened beside whatever asks for an emoji. */
export class EmojiChooser {
  #asked = $state.raw<Asked | null>(null);

  get asked(): Asked | null {
    return this.#asked;
  }

  open(near: Element, pick: (emoji: string) => void): void {
    const from = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    this.#asked = { near: near.getBoundingClientRect(), from, pick };
  }

  picked(emoji: string): void {
    this.#asked?.pick(emoji);
    this.close();
  }

  close(): void {
    const from = this.#asked?.from;
    this.#asked = null;
    if (from?.isConnected) from.focus({ preventScroll: true });
  }
}

export const [useEmojiChooser, provideEmojiChooser] = createContext<EmojiChooser>();
