import type { TimelineItem } from '../chat-client.ts';

/** @returns the first seq that an item stands for. */
export function seqOf(item: TimelineItem): number {
  if (item.kind === 'message') return item.message.seq ?? Infinity;
  return item.kind === 'notice' ? item.event.seq : item.from;
}

/** Adds an item at the end; runs of one reason that touch become one, so that pages may cut them anywhere. */
export function appendItem(items: TimelineItem[], item: TimelineItem | null): void {
  if (!item) return;
  const last = items.at(-1);
  const touch = last?.kind === 'gap' && item.kind === 'gap' && last.to + 1 === item.from;
  if (touch && last.unreadable === item.unreadable) items[items.length - 1] = { ...last, to: item.to };
  else items.push(item);
}

/** @returns older items and newer ones as one list. */
export function joinItems(older: TimelineItem[], newer: readonly TimelineItem[]): TimelineItem[] {
  const [next, ...rest] = newer;
  if (next) appendItem(older, next);
  return older.concat(rest);
}

/** @returns the items up to `seq`; a run that crosses it is cut. */
export function withoutBeyond(items: readonly TimelineItem[], seq: number): TimelineItem[] {
  const kept = items.filter((item) => seqOf(item) <= seq);
  const last = kept.at(-1);
  if (last?.kind === 'gap' && last.to > seq) kept[kept.length - 1] = { ...last, to: seq };
  return kept;
}

/** @returns the items after `seq`; a run that crosses it is cut. */
export function itemsBeyond(items: readonly TimelineItem[], seq: number): TimelineItem[] {
  return items.flatMap((item) => {
    if (seqOf(item) > seq) return [item];
    return item.kind === 'gap' && item.to > seq ? [{ ...item, from: seq + 1 }] : [];
  });
}

/** @returns the item that stands for what is not held. */
export function missingItem(key: string, from: number, to: number): TimelineItem {
  return { kind: 'gap', key, from, to, withheld: false };
}

/** @returns the index of the item that begins with `seq`, or -1. Binary search. */
export function indexOfSeq(items: readonly TimelineItem[], seq: number): number {
  let low = 0;
  let high = items.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    const at = item ? seqOf(item) : Infinity;
    if (at === seq) return middle;
    if (at < seq) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
