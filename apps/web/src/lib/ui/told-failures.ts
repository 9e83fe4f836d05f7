import { RefusalError } from '@parley/events';
import type { Toasts } from './toasts.svelte.ts';

/** Long enough to read the sentence and what to do next. */
export const LONG_MS = 10_000;

/**
 * Tells people of whatever was refused and that no part of a screen speaks of: nothing that somebody asked for fails in
 * silence.
 * @returns how to stop.
 */
export function tellFailures(toasts: Toasts, page: Window): () => void {
  const told = (event: PromiseRejectionEvent): void => {
    if (!(event.reason instanceof RefusalError)) return;
    event.preventDefault();
    toasts.show(event.reason.refusal.message, { stays: LONG_MS });
  };
  page.addEventListener('unhandledrejection', told);
  return () => page.removeEventListener('unhandledrejection', told);
}
