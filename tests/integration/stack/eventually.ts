import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until a condition holds, asking every 20 ms.
 * @param probe the wanted value, or undefined or false while it is not there yet.
 * @param what said in the error when it does not hold within `withinMs`: a minute by default, for machines that are slow. Nothing
 * is measured by it.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(20);
  }
}
