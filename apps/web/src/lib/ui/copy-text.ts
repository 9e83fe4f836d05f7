import type { Toasts } from './toasts.svelte.ts';

/** Puts a text where one can paste it from, and says so, or that the browser did not allow it. */
export async function copyText(text: string, toasts: Toasts, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toasts.show(done);
  } catch {
    toasts.show('The browser did not allow to copy');
  }
}
