/** Rows that are in the page at most, at first, and how far one step moves. */
export const MOST_ROWS = 300;
export const FIRST_ROWS = 120;
export const STEP_ROWS = 60;

/** Items `from` (included) to `to` (excluded). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * @param keys the keys of all held items in order.
 * @param first key of the window's first item; null while the window follows the newest.
 * @returns which items are in the page.
 */
export function windowRange(keys: readonly string[], first: string | null): Range {
  const at = first === null ? -1 : keys.indexOf(first);
  const from = at >= 0 ? at : Math.max(0, keys.length - FIRST_ROWS);
  return { from, to: Math.min(keys.length, from + MOST_ROWS) };
}

/** @returns the first key of the window one step further up. */
export function stepUp(keys: readonly string[], range: Range): string | null {
  return keys[Math.max(0, range.from - STEP_ROWS)] ?? null;
}

/** @returns the first key of the window one step further down; never past the last full window. */
export function stepDown(keys: readonly string[], range: Range): string | null {
  const last = Math.max(0, keys.length - MOST_ROWS);
  return keys[Math.min(last, range.from + STEP_ROWS)] ?? null;
}

/** @returns the first key of a window in which a given item has rows on both sides. */
export function windowAround(keys: readonly string[], index: number): string | null {
  return keys[Math.max(0, index - STEP_ROWS)] ?? null;
}
