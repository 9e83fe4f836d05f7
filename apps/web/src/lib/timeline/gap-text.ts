import type { TimelineItem } from '@parley/client';

type Gap = Extract<TimelineItem, { kind: 'gap' }>;

/** @returns what stands in place of entries that are not shown: which they are, and why. */
export function gapText(gap: Gap): string {
  const what =
    gap.from === gap.to ? `Entry #${gap.from}` : `${gap.to - gap.from + 1} entries, #${gap.from} to #${gap.to}`;
  return `${what}: ${whyOf(gap)}`;
}

function whyOf({ withheld, unreadable }: Gap): string {
  if (unreadable === 'erased') return 'the text was erased for everybody';
  if (unreadable === 'unknown') return 'written by a newer Parley than this page. Load the page again to read it.';
  return withheld ? 'from a time in which you were not a member' : 'missing here, being fetched';
}
