import { setTimeout as wait } from 'node:timers/promises';

/**
 * Asks until `probe` gives a value other than undefined or false, for at most `withinMs`.
 * @throws the last error of the probe, or one that names what did not happen.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 60_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  let last: unknown = new Error(`It did not happen within ${withinMs} ms: ${what}.`);
  do {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    await wait(20);
  } while (performance.now() < end);
  throw last;
}
