import type { VisibleInterval } from '@parley/events';
import { visibleRanges, type SeqRange } from '@parley/read-models';

/** Exactly one of `before`, `after` (both exclusive), or neither for the newest. */
export interface PageWish {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

/**
 * Chooses the run of seqs that a page covers: at most `limit` visible ones. What is withheld costs nothing, so nobody
 * pages through what they may not see.
 * @returns both ends included; `to` is one less than `from` when there is nothing.
 */
export function pageRange(wish: PageWish, head: number, visible: readonly VisibleInterval[]): SeqRange {
  return wish.after === undefined ? backwards(wish, head, visible) : forwards(wish.after, wish.limit, head, visible);
}

function backwards({ before, limit }: PageWish, head: number, visible: readonly VisibleInterval[]): SeqRange {
  const to = Math.min(before === undefined ? head : before - 1, head);
  let left = limit;
  for (const range of visibleRanges(visible, 1, to).reverse()) {
    const length = range.to - range.from + 1;
    if (length >= left) return { from: range.to - left + 1, to };
    left -= length;
  }
  return { from: 1, to };
}

function forwards(after: number, limit: number, head: number, visible: readonly VisibleInterval[]): SeqRange {
  const from = Math.min(after, head) + 1;
  let left = limit;
  for (const range of visibleRanges(visible, from, head)) {
    const length = range.to - range.from + 1;
    if (length >= left) return { from, to: range.from + left - 1 };
    left -= length;
  }
  return { from, to: head };
}
