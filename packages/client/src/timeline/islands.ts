import type { TimelineItem } from '../chat-client.ts';
import { indexOfSeq, itemsBeyond, joinItems, missingItem, withoutBeyond } from './items.ts';

/** A run of seqs without a hole, and what it shows. */
export interface Part {
  readonly first: number;
  readonly last: number;
  readonly items: TimelineItem[];
}

/** What is held of the past apart from what reaches to the newest: parts in seq order, with something missing between. */
export class Islands {
  #parts: Part[] = [];

  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** Takes a part in. Those that it touches or covers become one with it. */
  add(part: Part): void {
    const touching = this.#parts.filter(({ first, last }) => first <= part.last + 1 && last >= part.first - 1);
    const whole = touching.reduce(joined, part);
    const others = this.#parts.filter((one) => !touching.includes(one));
    this.#parts = [...others, whole].sort((a, b) => a.first - b.first);
  }

  /** @returns the last part if it reaches up to what begins with `first`, cut there and taken out. */
  takeUpTo(first: number): Part | undefined {
    const last = this.#parts.at(-1);
    if (!last || last.last < first - 1) return undefined;
    this.#parts.pop();
    return { ...last, last: first - 1, items: withoutBeyond(last.items, first - 1) };
  }

  /** @returns the items among which that of `seq` stands, if it is held here. */
  itemsWith(seq: number): TimelineItem[] | undefined {
    return this.#parts.find(({ items }) => indexOfSeq(items, seq) >= 0)?.items;
  }

  /** Puts another item in the place of each. */
  renew(item: (old: TimelineItem) => TimelineItem): void {
    this.#parts = this.#parts.map((part) => ({ ...part, items: part.items.map(item) }));
  }

  clear(): void {
    this.#parts = [];
  }

  /** @returns all items, and what is missing after each part up to what begins with `first`. */
  itemsBefore(first: number): TimelineItem[] {
    return this.#parts.flatMap(({ items, last }, at) => {
      const next = this.#parts[at + 1]?.first ?? first;
      return [...items, { ...missingItem(`m${next - 1}`, last + 1, next - 1), unloaded: true } as const];
    });
  }
}

function joined(one: Part, other: Part): Part {
  const [early, late] = one.first <= other.first ? [one, other] : [other, one];
  const items = joinItems(early.items, itemsBeyond(late.items, early.last));
  return { first: early.first, last: Math.max(early.last, late.last), items };
}
