import { describe, expect, it } from 'vitest';
import type { TimelineItem } from '../chat-client.ts';
import { alice, bob, commandAt, conversationId, firstEpoch, message, written } from '../testing/story.ts';
import type { Pending, PendingMessage, Place } from './pending.ts';
import { runsOf } from './run.ts';
import { TimelineView } from './timeline-view.ts';

const says = (text: string) => ({ suite: 'none', text }) as const;
const own = (seq: number) => written({ do: 'send', by: alice, text: `mine ${seq}` }, seq);
const place = (seq: number): Place => ({ epoch: firstEpoch, seq, at: 5 });

function pendingMessage(seq: number, acked: boolean): PendingMessage {
  return {
    commandId: commandAt(seq),
    at: 1,
    content: says(`mine ${seq}`),
    send: { state: acked ? 'sent' : 'sending' },
    place: acked ? place(seq) : null,
  };
}

function viewWith(pending: { now: Pending }): TimelineView {
  const view = new TimelineView(conversationId, alice, () => pending.now);
  view.log.begin(firstEpoch, 0);
  return view;
}

const shown = (items: readonly TimelineItem[]): string[] =>
  items.map((item) => {
    if (item.kind !== 'message') return item.kind;
    return `${(item.message.content as { text: string }).text} ${item.message.send.state}`;
  });

describe('TimelineView', () => {
  const none: Pending = { messages: [], changes: [] };

  it('shows own messages on their way at the end, in send order', () => {
    const pending = { now: { ...none, messages: [pendingMessage(7, false), pendingMessage(8, false)] } };
    const view = viewWith(pending);
    view.log.take(firstEpoch, runsOf([message(1)]));
    view.changed();
    expect(shown(view.timeline().items)).toEqual(['m1 sent', 'mine 7 sending', 'mine 8 sending']);
  });

  it.each([
    ['receipt first', ['receipt', 'event', 'gone']],
    ['event first', ['event', 'receipt', 'gone']],
    ['event, and the outbox forgets it later', ['event', 'gone', 'receipt']],
  ])('shows an own message once, under one key, whichever comes first: %s', (_, steps) => {
    const pending: { now: Pending } = { now: { ...none, messages: [pendingMessage(1, false)] } };
    const view = viewWith(pending);
    const seen = [view.timeline().items];
    for (const step of steps) {
      if (step === 'event') view.log.take(firstEpoch, runsOf([own(1)]));
      if (step === 'receipt') pending.now = { ...none, messages: [pendingMessage(1, true)] };
      if (step === 'gone') pending.now = none;
      view.changed();
      seen.push(view.timeline().items);
    }
    expect(seen.map((items) => items.length)).toEqual([1, 1, 1, 1]);
    expect(new Set(seen.flat().map((item) => (item.kind === 'message' ? item.message.key : item.kind))).size).toBe(1);
  });

  it('does not show an acked message at the end that is history by now', () => {
    const pending = { now: { ...none, messages: [pendingMessage(3, true)] } };
    const view = new TimelineView(conversationId, alice, () => pending.now);
    view.log.begin(firstEpoch, 10);
    expect(view.timeline().items).toEqual([]);
  });

  it('shows an own change at once, and a failed one not at all', () => {
    const edit = { edit: { seq: 1e12, at: 1, content: says('edited') }, deleted: null, reactions: [] };
    const pending: { now: Pending } = {
      now: { ...none, changes: [{ commandId: commandAt(9), target: 1, change: edit, place: null }] },
    };
    const view = viewWith(pending);
    view.log.take(firstEpoch, runsOf([message(1, bob)]));
    view.changed();
    const textNow = (): unknown => {
      const [item] = view.timeline().items;
      return item?.kind === 'message' && item.message.changes.edit?.content;
    };
    expect(textNow()).toEqual(says('edited'));
    pending.now = none;
    view.changed();
    expect(textNow()).toBeUndefined();
  });

  it('shows what is missing as a gap, and gives the same object until something changes', () => {
    const view = viewWith({ now: none });
    view.log.take(firstEpoch, runsOf([message(1), message(4)]));
    view.changed();
    const timeline = view.timeline();
    expect(timeline.items.at(-1)).toMatchObject({ kind: 'gap', from: 2, to: 4, withheld: false });
    expect(view.timeline()).toBe(timeline);
  });
});
