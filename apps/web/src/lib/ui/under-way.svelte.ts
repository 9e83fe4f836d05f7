import { SvelteSet } from 'svelte/reactivity';

/** What is under way: a second press, before the first one shows, must not do it twice. */
export class UnderWay<K> {
  readonly #keys = new SvelteSet<K>();

  has(key: K): boolean {
    return this.#keys.has(key);
  }

  /** Does nothing while the same is under way. Rejects with what `work` rejects with. */
  async run(key: K, work: () => Promise<void>): Promise<void> {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    try {
      await work();
    } finally {
      this.#keys.delete(key);
    }
  }
}
