import type { TimelineItem } from '@parley/client';
import { endOf, keyOf } from './timeline-rows.ts';

/** Rows that are in the page at most, at first, and how far one step moves. */
export const MOST_ROWS = 300;
export const FIRST_ROWS = 120;
export const STEP_ROWS = 60;

/** Items `from` (included) to `to` (excluded). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Held items that stand together. `before`, `after`: the seqs at its edges beyond which more is to be loaded. */
export interface Stretch {
  readonly items: readonly TimelineItem[];
  readonly before: number | null;
  readonly after: number | null;
}

/**
 * Nobody passes over what is not loaded: only one stretch between such gaps is in the page.
 * @param first key of an item; null, or one that is gone, for the stretch that reaches to the newest.
 */
export function stretchWith(items: readonly TimelineItem[], first: string | null): Stretch {
  const found = first === null ? -1 : items.findIndex((item) => keyOf(item) === first);
  const at = found >= 0 ? found : items.length - 1;
  const begin = items.slice(0, at + 1).findLastIndex(isUnloaded) + 1;
  const next = items.findIndex((item, index) => index >= begin && isUnloaded(item));
  const [before, after] = [items[begin - 1], items[next]];
  return {
    items: items.slice(begin, next >= 0 ? next : undefined),
    before: before?.kind === 'gap' ? before.to + 1 : null,
    after: after?.kind === 'gap' ? after.from - 1 : null,
  };
}

export function isUnloaded(item: TimelineItem): boolean {
  return item.kind === 'gap' && item.unloaded === true;
}

/**
 * @returns where one goes who wants to see a seq: the first message from there on, or what else stands there if none
 * follows before the next gap.
 */
export function messageFrom(items: readonly TimelineItem[], seq: number): TimelineItem | undefined {
  const at = items.findIndex((item) => endOf(item) >= seq);
  const found = items[at];
  if (!found || isUnloaded(found)) return found;
  const next = items.slice(at).find((item) => item.kind === 'message' || isUnloaded(item));
  return next?.kind === 'message' ? next : found;
}

/**
 * @param keys the keys of a stretch's items in order.
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
