import { setTimeout as wait } from 'node:timers/promises';

/**
 * Asks again and again until `probe` gives a value.
 * @param withinMs after this long it gives up and resolves to undefined.
 * @param everyMs pause between two questions.
 */
export async function until<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  withinMs: number,
  everyMs = 5,
): Promise<T | undefined> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() >= end) return undefined;
    await wait(everyMs);
  }
}
