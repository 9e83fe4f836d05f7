import type { Timeline } from '@parley/client';

/** What this device can say of a conversation's completeness, and no more than that. */
export interface Proof {
  readonly state: 'whole' | 'behind' | 'empty';
  readonly title: string;
  readonly text: string;
}

const number = new Intl.NumberFormat();
const seq = (n: number): string => `#${number.format(n)}`;

/** @returns what is held, what is on its way, or that nothing is here yet: a known end alone proves nothing. */
export function proofOf({ held, head }: Pick<Timeline, 'held' | 'head'>): Proof {
  if (!held)
    return { state: 'empty', title: 'Nothing is here yet', text: 'This device has loaded nothing of it so far.' };
  if (held.last < head) {
    const text = `This device is complete to ${seq(held.last)}; entries up to ${seq(head)} are on their way.`;
    return { state: 'behind', title: 'Catching up', text };
  }
  const all = `This device holds every entry from ${seq(held.first)} to ${seq(held.last)}, one after the other, without a gap.`;
  const text = held.first > 1 ? `${all} Older ones come as you scroll up.` : all;
  return { state: 'whole', title: 'Nothing is missing', text };
}
