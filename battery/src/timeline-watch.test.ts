import type { Timeline, TimelineItem, TimelineMessage } from '@parley/client';
import type { CommandId, ConversationId, DeviceId, Epoch, Session, UserId } from '@parley/events';
import { expect, test } from 'vitest';
import { Recorder } from './record.ts';
import { TimelineWatch } from './timeline-watch.ts';

const conversationId = 'room' as ConversationId;
const session = { user: { userId: 'alice' as UserId }, deviceId: 'phone' as DeviceId } as Session;

function row(seq: number, op = `op${seq}`): TimelineItem {
  const stored = { key: op, commandId: op as CommandId, seq, epoch: 'e' as Epoch, userId: 'bob' as UserId, at: seq };
  const content = { suite: 'none', text: op } as const;
  const message = {
    ...stored,
    content,
    changes: { edit: null, deleted: null, reactions: [] },
    send: { state: 'sent' },
  };
  return { kind: 'message', message: message as TimelineMessage };
}

/** A client that shows one list of rows after the other. @returns what is written down, as `op` of each shown row. */
function watched(...lists: TimelineItem[][]): string[] {
  const recorder = new Recorder(null);
  let present = timelineOf([]);
  let tell: (timeline: Timeline) => void = () => undefined;
  const onTimeline = (_: ConversationId, listener: (timeline: Timeline) => void) => {
    tell = listener;
    return () => undefined;
  };
  const client = { session, timeline: () => present, onTimeline };
  const watch = new TimelineWatch(recorder, 'alice', client, conversationId, 'reader');
  for (const items of lists) {
    present = timelineOf(items);
    tell(present);
  }
  watch.finish();
  return recorder.lines.flatMap((line) => (line.kind === 'shown' ? [line.op] : []));
}

function timelineOf(items: TimelineItem[]): Timeline {
  const complete = Math.max(0, ...items.map((item) => (item.kind === 'message' ? (item.message.seq ?? 0) : 0)));
  const place = { held: null, first: 1, complete, head: complete, parts: [], atStart: true };
  return { conversationId, items, ...place, loading: false, failure: null };
}

test('each message is written down once, however often it is looked at', () => {
  const [one, two, three] = [row(1), row(2), row(3)];
  expect(watched([one, two], [one, two], [one, two, three])).toEqual(['op1', 'op2', 'op3']);
});

test('G4: a row that stands twice, or after a later one, is written down again', () => {
  const [one, two, three] = [row(1), row(2), row(3)];
  expect(watched([one, two, three], [one, two, three, row(3)])).toEqual(['op1', 'op2', 'op3', 'op3']);
  expect(watched([one, two, three], [two, one, three])).toEqual(['op1', 'op2', 'op3', 'op1']);
  expect(watched([one, two], [one, two, row(3, 'op1')])).toEqual(['op1', 'op2', 'op1']);
});

test('G4: a row that comes late, below rows that were shown, is written down where it came', () => {
  const [one, two, three] = [row(1), row(2), row(3)];
  expect(watched([one, three], [one, two, three])).toEqual(['op1', 'op3', 'op2']);
});

test('what lies far back is looked at once more in the end', () => {
  const rows = Array.from({ length: 200 }, (_, at) => row(at + 1));
  const shown = watched(rows, [...rows.slice(0, 10), row(5), ...rows.slice(10)]);
  expect(shown.slice(200)).toEqual(['op5']);
});

test('older history that somebody loads is not late', () => {
  const rows = Array.from({ length: 20 }, (_, at) => row(at + 1));
  expect(watched(rows.slice(10), rows)).toHaveLength(10);
});
