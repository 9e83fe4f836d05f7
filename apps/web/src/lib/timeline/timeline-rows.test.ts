import type { TimelineItem, TimelineMessage } from '@parley/client';
import { newId, untouched, type CommandId, type UserId } from '@parley/events';
import { expect, test } from 'vitest';
import { rowsOf, type Row } from './timeline-rows.ts';

const [alice, bob] = [newId<UserId>(), newId<UserId>()];
const noon = new Date(2026, 10, 18, 12).getTime();
const minute = 60_000;

function message(seq: number | null, more: Partial<TimelineMessage> = {}): TimelineItem {
  const key = more.key ?? String(seq ?? 'mine');
  return {
    kind: 'message',
    message: {
      key,
      commandId: newId<CommandId>(),
      seq,
      epoch: null,
      userId: alice,
      at: noon + (seq ?? 99) * 1_000,
      content: { suite: 'none', text: key },
      changes: untouched,
      send: { state: seq === null ? 'queued' : 'sent' },
      ...more,
    },
  };
}

const show = (rows: readonly Row[]): string[] =>
  rows.map((row) => (row.kind === 'message' ? `${row.key}${row.lead ? '*' : ''}:${row.line}` : row.kind));

test('a day divider stands before the first message of each day', () => {
  const rows = rowsOf([message(1), message(2, { at: noon + 24 * 60 * minute })], 2, null);
  expect(show(rows)).toEqual(['day', '1*:held', 'day', '2*:held']);
});

test('messages of one person within five minutes stand under one name', () => {
  const items = [
    message(1),
    message(2),
    message(3, { userId: bob }),
    message(4, { userId: bob, at: noon + 6 * minute }),
  ];
  expect(show(rowsOf(items, 4, null))).toEqual(['day', '1*:held', '2:held', '3*:held', '4*:held']);
});

test('the unread divider stands before the first unseen message of somebody else, once', () => {
  const items = [message(1), message(2, { userId: bob }), message(3, { userId: bob })];
  const rows = rowsOf(items, 3, { after: 1, me: alice });
  expect(show(rows)).toEqual(['day', '1*:held', 'unread', '2*:held', '3:held']);
});

test('my own and deleted messages are never unread', () => {
  const deleted = { ...untouched, deleted: { seq: 9, at: noon, userId: bob } };
  const items = [message(1, { userId: bob, changes: deleted }), message(2)];
  expect(show(rowsOf(items, 2, { after: 0, me: alice }))).not.toContain('unread');
});

test('the line is solid up to what is complete, dashed for what is not stored, loose behind a gap', () => {
  const gap: TimelineItem = { kind: 'gap', key: 'gap', from: 2, to: 3, withheld: false };
  expect(show(rowsOf([message(1), gap, message(4), message(null)], 1, null)).filter((row) => row !== 'day')).toEqual([
    '1*:held',
    'gap',
    '4*:loose',
    'mine:mine',
  ]);
});

test('a message keeps its key when it is stored', () => {
  const [before] = rowsOf([message(null, { key: 'k' })], 0, null).slice(-1);
  const [after] = rowsOf([message(7, { key: 'k' })], 7, null).slice(-1);
  expect(after?.key).toBe(before?.key);
});
