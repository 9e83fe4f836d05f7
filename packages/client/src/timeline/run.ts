import type { WireEvent, Withheld } from '@parley/events';

/** A piece of a conversation on its way in: one event, or a run of seqs that the reader may not see. */
export type Run =
  | { readonly from: number; readonly to: number; readonly event: WireEvent }
  | { readonly from: number; readonly to: number; readonly event: null };

/** @returns events and withheld runs as pieces in seq order. */
export function runsOf(events: readonly WireEvent[], withheld: readonly Withheld[] = []): Run[] {
  const runs: Run[] = events.map((event) => ({ from: event.seq, to: event.seq, event }));
  for (const { from, to } of withheld) if (from <= to) runs.push({ from, to, event: null });
  return withheld.length === 0 && ordered(runs) ? runs : runs.sort((a, b) => a.from - b.from);
}

/** @returns what of a run lies beyond `seq`, or null. */
export function beyond(run: Run, seq: number): Run | null {
  if (run.to <= seq) return null;
  return run.from > seq || run.event ? run : { from: seq + 1, to: run.to, event: null };
}

function ordered(runs: readonly Run[]): boolean {
  return runs.every((run, at) => at === 0 || (runs[at - 1]?.from ?? 0) <= run.from);
}
