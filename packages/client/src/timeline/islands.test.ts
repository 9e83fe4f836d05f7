import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimelineItem } from '../chat-client.ts';
import { alice, bob, conversationId, firstEpoch, message, secondEpoch, Story, written } from '../testing/story.ts';
import { itemsBeyond, seqOf, withoutBeyond } from './items.ts';
import { runsOf } from './run.ts';
import { TimelineLog } from './timeline-log.ts';

const LENGTH = 40;
const long = new Story(Array.from({ length: LENGTH }, (_, at) => message(at + 1)));

/** A log that holds the newest `count` of a story. */
function newest(story: Story, count: number): TimelineLog {
  const log = new TimelineLog(conversationId, alice);
  log.begin(firstEpoch, story.head);
  log.takePage(story.page(story.head + 1, count));
  return log;
}

const words = (items: readonly TimelineItem[]): string[] =>
  items.map((item) => {
    if (item.kind === 'gap') return `${item.from}-${item.to}${item.withheld ? ' withheld' : ''}`;
    return item.kind === 'message' ? `m${item.message.seq ?? 0}` : item.event.type;
  });

describe('parts of the past that somebody jumped to', () => {
  it('E18: stand before what reaches to the newest, with a gap between, and change nothing of it', () => {
    const log = newest(long, 3);
    expect(log.takePart(long.page(12, 2))).toBe(true);
    expect(words(log.all())).toEqual(['m10', 'm11', '12-37', 'm38', 'm39', 'm40']);
    expect([log.first, log.complete, words(log.items)]).toEqual([38, 40, ['m38', 'm39', 'm40']]);
    expect(log.parts).toEqual([
      { first: 10, last: 11 },
      { first: 38, last: 40 },
    ]);
    expect([log.holds(11), log.holds(12), log.itemAt(11)?.kind]).toEqual([true, false, 'message']);
  });

  it('E18: become one with what they touch, in both directions', () => {
    const log = newest(long, 3);
    log.takePart(long.page(12, 2));
    log.takePart(long.page(15, 4));
    log.takePart(long.page(10, 2));
    expect(log.parts[0]).toEqual({ first: 8, last: 14 });
    log.takePage(long.page(log.first, 23));
    expect(log.parts).toEqual([{ first: 8, last: LENGTH }]);
    expect(words(log.all())).toEqual(Array.from({ length: LENGTH - 7 }, (_, at) => `m${at + 8}`));
  });

  it('E18: show what is changed while one reads there', () => {
    const log = newest(long, 3);
    log.takePart(long.page(12, 2));
    log.take(firstEpoch, runsOf([written({ do: 'edit', by: bob, target: 11, text: 'changed' }, LENGTH + 1)]));
    const item = log.itemAt(11);
    expect(item?.kind === 'message' && item.message.changes.edit?.content).toEqual({ suite: 'none', text: 'changed' });
  });

  it('E18, G6: outlive a change of epoch that shares them', () => {
    const log = newest(long, 3);
    log.takePart(long.page(12, 2));
    log.changeEpoch(secondEpoch, 39);
    expect(words(log.all())).toEqual(['m10', 'm11', '12-37', 'm38', 'm39']);
    const item = log.itemAt(10);
    expect(item?.kind === 'message' && item.message.epoch).toBe(secondEpoch);
    expect(log.takePart({ ...long.page(9, 2), epoch: firstEpoch })).toBe(false);
  });

  it('E18, G6: are forgotten with all that a page says of a history that is over', () => {
    const log = newest(long, 3);
    log.takePart(long.page(12, 2));
    log.changeEpoch(secondEpoch, 20);
    expect(log.all()).toEqual([]);
  });
});

const stories = fc.array(fc.constantFrom('send', 'send', 'edit', 'delete', 'hide'), { minLength: 1, maxLength: 60 });

/** Every event changes the first message or is one; some seqs this reader may not see. */
function storyOf(deeds: readonly string[]): Story {
  const events = deeds.map((what, at) => {
    const seq = at + 1;
    if (what === 'edit' && seq > 1) return written({ do: 'edit', by: bob, target: 1, text: `edit ${seq}` }, seq);
    if (what === 'delete' && seq > 1) return written({ do: 'delete', by: bob, target: 1 }, seq);
    return message(seq);
  });
  return new Story(events, new Set(deeds.flatMap((what, at) => (what === 'hide' ? [at + 1] : []))));
}

/** The story read once, in order. */
function whole(story: Story): TimelineLog {
  const log = new TimelineLog(conversationId, alice);
  log.begin(firstEpoch, 0);
  const { events, withheld } = story.run(1, story.head);
  log.take(firstEpoch, runsOf(events, withheld));
  return log;
}

const plain = (items: readonly TimelineItem[]): unknown[] =>
  items.map((item) => (item.kind === 'gap' ? { ...item, key: '' } : item));

it('E18, G4: whatever pages come from anywhere in whatever order, each part is what the whole has there', () => {
  const pages = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 12 })), { maxLength: 20 });
  fc.assert(
    fc.property(stories, fc.nat(), pages, (deeds, start, plan) => {
      const story = storyOf(deeds);
      const log = new TimelineLog(conversationId, alice);
      log.begin(firstEpoch, start % (story.head + 1));
      const all = whole(story).items;
      const between = (first: number, last: number): unknown[] =>
        plain(withoutBeyond(itemsBeyond(all, first - 1), last));
      for (const [place, size] of plan) log.takePart(story.page(2 + (place % story.head), size));
      const { events, withheld } = story.run(log.complete + 1, story.head);
      log.take(firstEpoch, runsOf(events, withheld));

      const shown = log.all();
      for (const { first, last } of log.parts)
        expect(plain(withoutBeyond(itemsBeyond(shown, first - 1), last))).toEqual(between(first, last));
      const missing = shown.flatMap((item) => (item.kind === 'gap' && !item.withheld ? [[item.from, item.to]] : []));
      const starts = [...new Set([...log.parts.map(({ first }) => first), log.first])];
      expect(missing).toEqual(starts.slice(1).map((first, at) => [(log.parts[at]?.last ?? 0) + 1, first - 1]));
      expect(shown.map(seqOf)).toEqual(shown.map(seqOf).sort((a, b) => a - b));

      for (let gap = log.parts[0]; gap && gap.last < log.complete; gap = log.parts[0])
        log.takePart(story.page(gap.last + 4, 3));
      while (log.first > 1) log.takePage(story.page(log.first, 5));
      expect(plain(log.all())).toEqual(plain(all));
    }),
    { numRuns: 300 },
  );
});
