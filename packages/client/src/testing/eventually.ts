/**
 * Waits until `condition` holds (returns without throwing, and not false).
 * @throws the last failure after `withinMs`.
 */
export async function eventually<T>(condition: () => T | false | Promise<T | false>, withinMs = 60_000): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      const value = await condition();
      if (value !== false) return value;
      if (performance.now() > end) throw new Error('The condition did not come true in time.');
    } catch (fault) {
      if (performance.now() > end) throw fault;
    }
    await new Promise((soon) => setTimeout(soon, 20));
  }
}
