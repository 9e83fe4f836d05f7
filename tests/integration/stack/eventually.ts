import { setTimeout as pause } from 'node:timers/promises';
import { isRetryable, RefusalError } from '@parley/events';

/**
 * Waits until a condition holds, asking every 20 ms. A call that is refused for now counts as "not yet".
 * @param probe the wanted value, or undefined or false while it is not there yet.
 * @param what said in the error when it does not hold within `withinMs`: a minute by default, for machines that are slow. Nothing
 * is measured by it.
 * @returns the value. Rejects at the bound, with the last refusal as its cause; at once with any other error of the probe.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    let refused: RefusalError | undefined;
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      if (!(error instanceof RefusalError) || !isRetryable(error.refusal)) throw error;
      refused = error;
    }
    if (performance.now() > end) throw late(`not within ${withinMs} ms: ${what}`, refused);
    await pause(20);
  }
}

function late(what: string, refused: RefusalError | undefined): Error {
  return refused ? new Error(`${what}; the last answer was ${refused.message}`, { cause: refused }) : new Error(what);
}
