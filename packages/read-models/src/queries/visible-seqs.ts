import type { VisibleInterval } from '@parley/events';

/** Both ends included. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** @returns the parts of `from`…`to` that lie in the intervals, ascending. */
export function visibleRanges(visible: readonly VisibleInterval[], from: number, to: number): SeqRange[] {
  return visible
    .map((interval) => ({ from: Math.max(interval.from, from), to: Math.min(interval.to ?? to, to) }))
    .filter((range) => range.from <= range.to);
}

/** @returns the parts of `from`…`to` that lie in no interval, ascending. */
export function withheldRanges(visible: readonly VisibleInterval[], from: number, to: number): SeqRange[] {
  const withheld: SeqRange[] = [];
  let next = from;
  for (const range of visibleRanges(visible, from, to)) {
    if (range.from > next) withheld.push({ from: next, to: range.from - 1 });
    next = Math.max(next, range.to + 1);
  }
  if (next <= to) withheld.push({ from: next, to });
  return withheld;
}

/** @returns whether a seq lies in one of the intervals. */
export function isVisible(visible: readonly VisibleInterval[], seq: number): boolean {
  return visible.some((interval) => interval.from <= seq && seq <= (interval.to ?? seq));
}
