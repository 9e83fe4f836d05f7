import type { VisibleInterval } from '@parley/events';

/** A run of seqs, both ends included. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** What to answer for one conversation: runs of events to read, and runs that the reader may not see. */
export interface SyncPlan {
  readonly events: readonly Run[];
  readonly withheld: readonly Run[];
  /** The last seq that these runs reach. */
  readonly reached: number;
  /** Whether something is left for the next page. */
  readonly more: boolean;
}

/**
 * Cuts the run `from`…`to` into what may be seen and what is withheld, in order and without a hole.
 * @param visible the reader's intervals, oldest first.
 * @param room how many events fit.
 */
export function planRun(from: number, to: number, visible: readonly VisibleInterval[], room: number): SyncPlan {
  const events: Run[] = [];
  const withheld: Run[] = [];
  let next = from;
  let left = room;
  for (const interval of visible) {
    if (next > to || left === 0) break;
    const seen = { from: Math.max(next, interval.from), to: Math.min(to, interval.to ?? to) };
    if (seen.to < seen.from) continue;
    if (seen.from > next) withheld.push({ from: next, to: seen.from - 1 });
    const cut = Math.min(seen.to, seen.from + left - 1);
    events.push({ from: seen.from, to: cut });
    left -= cut - seen.from + 1;
    next = cut + 1;
  }
  if (next <= to && left > 0) {
    withheld.push({ from: next, to });
    next = to + 1;
  }
  return { events, withheld, reached: next - 1, more: next <= to };
}

/** @returns the last seq that somebody may see: the head for a member, the end of the last stay for who has left. */
export function lastVisible(visible: readonly VisibleInterval[], head: number): number {
  const last = visible.at(-1);
  return last === undefined ? 0 : Math.min(last.to ?? head, head);
}
