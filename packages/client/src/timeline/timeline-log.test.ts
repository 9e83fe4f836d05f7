import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimelineItem } from '../chat-client.ts';
import {
  alice,
  bob,
  conversationId,
  firstEpoch,
  message,
  secondEpoch,
  Story,
  written,
  type Deed,
} from '../testing/story.ts';
import { runsOf } from './run.ts';
import { TimelineLog } from './timeline-log.ts';

const started = (head = 0): TimelineLog => {
  const log = new TimelineLog(conversationId, alice);
  log.begin(firstEpoch, head);
  return log;
};

const texts = (log: TimelineLog): string[] =>
  log.items.map((item) => {
    if (item.kind === 'gap') return `${item.from}-${item.to}`;
    if (item.kind === 'notice') return item.event.type;
    const { changes, content } = item.message;
    return changes.deleted ? 'deleted' : ((changes.edit?.content ?? content) as { text: string }).text;
  });

const seqs = [1, 2, 3, 4, 5];

describe('TimelineLog', () => {
  it('applies live events in seq order', () => {
    const log = started();
    for (const seq of seqs) expect(log.take(firstEpoch, runsOf([message(seq)]))).toBe('complete');
    expect(texts(log)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
  });

  it('G4: shows a seq once, however often it comes', () => {
    const log = started();
    for (const seq of [...seqs, ...seqs, 3, 1]) log.take(firstEpoch, runsOf([message(seq)]));
    expect(texts(log)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
  });

  it('trap 2: holds what comes early, says that something is missing, and shows it when the gap is filled', () => {
    const log = started();
    log.take(firstEpoch, runsOf([message(1)]));
    expect(log.take(firstEpoch, runsOf([message(3)]))).toBe('behind');
    expect(texts(log)).toEqual(['m1']);
    expect([log.complete, log.head]).toEqual([1, 3]);
    expect(log.take(firstEpoch, runsOf([message(2)]))).toBe('complete');
    expect(texts(log)).toEqual(['m1', 'm2', 'm3']);
  });

  it('holds nothing where a conversation only begins, and says so', () => {
    const log = started(5_000);
    expect([log.held, log.parts, log.complete]).toEqual([null, [], 5_000]);
    log.take(firstEpoch, runsOf([message(5_001)]));
    expect([log.held, log.parts]).toEqual([{ first: 5_001, last: 5_001 }, [{ first: 5_001, last: 5_001 }]]);
  });

  it('tells a message that can’t be read from one that may not be seen, and an erased one from both', () => {
    const log = started();
    const erased = { ...message(3) };
    delete erased.body;
    delete erased.salt;
    const unseen = { from: 1, to: 1, event: null };
    log.take(firstEpoch, [unseen, ...runsOf([{ ...message(2), v: 99 }, erased, { ...message(4), body: {} }])]);
    const reasons = log.items.map((item) => item.kind === 'gap' && [item.from, item.withheld, item.unreadable]);
    expect(reasons).toEqual([
      [1, true, undefined],
      [2, true, 'unknown'],
      [3, true, 'erased'],
      [4, true, 'unknown'],
    ]);
  });

  it('counts withheld runs as held, and joins the ones that touch', () => {
    const log = started();
    log.take(
      firstEpoch,
      runsOf([message(1), message(5)], [
        { from: 2, to: 3 },
        { from: 4, to: 4 },
      ] as never),
    );
    expect(texts(log)).toEqual(['m1', '2-4', 'm5']);
  });

  it('folds a change into its message, also when the message comes by a later page', () => {
    const story = new Story([
      message(1),
      message(2),
      written({ do: 'edit', by: bob, target: 1, text: 'first, edited' }, 3),
      written({ do: 'delete', by: bob, target: 2 }, 4),
    ]);
    const log = started(2);
    log.take(firstEpoch, runsOf(story.run(3, 4).events));
    expect(texts(log)).toEqual([]);
    expect(log.takePage(story.page(3, 50))).toBe(true);
    expect(texts(log)).toEqual(['first, edited', 'deleted']);
  });

  it('takes an overlay and the same change from live events as one', () => {
    const react: Deed = { do: 'react', by: alice, target: 1, emoji: '👍', on: true };
    const story = new Story([message(1), written(react, 2)]);
    const log = started(1);
    log.takePage(story.page(2, 50));
    log.take(firstEpoch, runsOf(story.run(2, 2).events));
    const [item] = log.items;
    expect(item?.kind === 'message' && item.message.changes.reactions).toHaveLength(1);
  });

  it('shows an erased message as one row and nothing for an unknown type or a newer version', () => {
    const erased = message(1);
    delete erased.body;
    delete erased.salt;
    const log = started();
    log.take(
      firstEpoch,
      runsOf([erased, { ...message(2), type: 'poll.opened' }, { ...message(3), v: 9, type: 'member.left' }]),
    );
    expect(texts(log)).toEqual(['1-1']);
    expect(log.complete).toBe(3);
  });

  it('refuses a page that leaves a hole, and one of another epoch', () => {
    const story = new Story(Array.from({ length: 10 }, (_, at) => message(at + 1)));
    const log = started(10);
    expect(log.takePage(story.page(5, 3))).toBe(false);
    expect(log.takePage({ ...story.page(11, 3), epoch: secondEpoch })).toBe(false);
    expect(log.items).toEqual([]);
  });

  it('keeps live events of an epoch that it does not know until sync says where the histories part', () => {
    const log = started();
    log.take(firstEpoch, runsOf([message(1), message(2), message(3)]));
    expect(log.take(secondEpoch, runsOf([message(2, bob, 'new 2')]))).toBe('other-epoch');
    log.changeEpoch(secondEpoch, 1);
    expect(texts(log)).toEqual(['m1', 'new 2']);
    expect(log.epoch).toBe(secondEpoch);
  });

  it('G6: drops what is not shared and goes on, also what later events made of messages that stay', () => {
    const log = started();
    log.take(
      firstEpoch,
      runsOf([message(1), message(2, alice), written({ do: 'edit', by: bob, target: 1, text: 'no' }, 3)]),
    );
    expect(texts(log)).toEqual(['no', 'm2']);
    log.changeEpoch(secondEpoch, 1);
    expect(texts(log)).toEqual(['m1']);
    expect([log.complete, log.isHeld(message(2, alice).commandId)]).toEqual([1, false]);
    log.take(secondEpoch, runsOf([message(2, bob, 'other 2')]));
    expect(texts(log)).toEqual(['m1', 'other 2']);
  });

  it('G6: forgets pages whose overlays lie beyond what is shared, so that they are loaded again', () => {
    const story = new Story([message(1), written({ do: 'edit', by: bob, target: 1, text: 'lost edit' }, 2)]);
    const log = started(1);
    log.takePage(story.page(2, 50));
    log.changeEpoch(secondEpoch, 1);
    expect([log.items, log.first, log.complete]).toEqual([[], 2, 1]);
  });
});

const someone = fc.constantFrom(alice, bob);

/** Stories in which changes point at earlier messages, as the server makes sure. */
const stories = fc
  .tuple(
    fc.array(
      fc.tuple(fc.constantFrom('send', 'send', 'edit', 'delete', 'react', 'join'), someone, fc.nat(), fc.boolean()),
      {
        minLength: 1,
        maxLength: 60,
      },
    ),
    fc.array(fc.nat({ max: 59 }), { maxLength: 10 }),
  )
  .map(([deeds, hidden]) => {
    const sent: number[] = [];
    const events = deeds.map(([kind, by, pick, on], at) => {
      const seq = at + 1;
      const target = sent[pick % Math.max(1, sent.length)];
      if (kind === 'send' || (kind !== 'join' && target === undefined)) {
        sent.push(seq);
        return written({ do: 'send', by, text: `m${seq}` }, seq);
      }
      return written(deedOf(kind, by, target ?? 1, on, seq), seq);
    });
    return new Story(events, new Set(hidden.map((seq) => seq + 1)));
  });

function deedOf(kind: string, by: typeof alice, target: number, on: boolean, seq: number): Deed {
  if (kind === 'edit') return { do: 'edit', by, target, text: `edit ${seq}` };
  if (kind === 'delete') return { do: 'delete', by, target };
  if (kind === 'react') return { do: 'react', by, target, emoji: seq % 2 ? '👍' : '🎉', on };
  return { do: 'join', by };
}

/** The story read once, in order: what every client must end with. */
function model(story: Story): readonly TimelineItem[] {
  const log = started();
  const { events, withheld } = story.run(1, story.head);
  log.take(firstEpoch, runsOf(events, withheld));
  return log.items;
}

describe('TimelineLog, whatever comes in whatever order', () => {
  it('G3, G4, G5: any order of live runs, copies, gaps, sync and pages ends in the same list', () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom('live', 'sync', 'page'), fc.nat(), fc.integer({ min: 1, max: 9 })),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(stories, fc.nat(), steps, (story, start, plan) => {
        const log = started(start % (story.head + 1));
        for (const [step, pick, size] of plan) {
          const from = step === 'sync' ? log.complete + 1 : 1 + (pick % story.head);
          if (step === 'page') {
            if (log.first > 1) expect(log.takePage(story.page(log.first, size))).toBe(true);
          } else {
            const { events, withheld } = story.run(from, from + size);
            log.take(firstEpoch, runsOf(events, step === 'sync' ? withheld : []));
          }
        }
        while (log.complete < story.head) {
          const { events, withheld } = story.run(log.complete + 1, log.complete + 7);
          log.take(firstEpoch, runsOf(events, withheld));
        }
        while (log.first > 1) log.takePage(story.page(log.first, 8));
        expect(log.items.map(withoutGapKeys)).toEqual(model(story).map(withoutGapKeys));
      }),
      { numRuns: 300 },
    );
  });

  it('G6: after any change of epoch the list is that of the new history alone', () => {
    fc.assert(
      fc.property(stories, stories, fc.nat(), fc.nat(), (old, other, cut, start) => {
        const shared = cut % (old.head + 1);
        const tail = other.events.filter((event) => event.seq > shared && event.type === 'message.sent');
        const events = [
          ...old.events.slice(0, shared),
          ...tail.map((event, at) =>
            written({ do: 'send', by: event.actor.userId, text: 'new' }, shared + at + 1, secondEpoch),
          ),
        ];
        const fresh = new Story(events, new Set(), secondEpoch);
        const log = started(start % (old.head + 1));
        log.take(firstEpoch, runsOf(old.events));
        const before = new Story(old.events);
        while (log.first > 1 && start % 2) log.takePage(before.page(log.first, 8));
        log.changeEpoch(secondEpoch, shared);
        log.take(secondEpoch, runsOf(fresh.run(log.complete + 1, fresh.head).events));
        while (log.first > 1) expect(log.takePage(fresh.page(log.first, 8))).toBe(true);
        const expected = new TimelineLog(conversationId, alice);
        expected.begin(secondEpoch, 0);
        expected.take(secondEpoch, runsOf(fresh.events));
        expect(log.items).toEqual(expected.items);
      }),
      { numRuns: 300 },
    );
  });
});

/** A run that was cut and joined is named by where it was first seen. */
function withoutGapKeys(item: TimelineItem): unknown {
  return item.kind === 'gap' ? { ...item, key: '' } : item;
}
