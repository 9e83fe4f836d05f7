import type { TimelineItem } from '@parley/client';
import { newId, untouched, type CommandId, type Epoch, type UserId } from '@parley/events';
import { expect, test } from 'vitest';
import { News } from './news.ts';

const [alice, bob] = [newId<UserId>(), newId<UserId>()];
const nameOf = (userId: UserId): string => (userId === bob ? 'Bob' : 'Alice');

function said(seq: number, userId: UserId, text: string): TimelineItem {
  const commandId = newId<CommandId>();
  const content = { suite: 'none', text } as const;
  const kept = {
    epoch: '0123456789abcdef' as Epoch,
    at: 0,
    content,
    changes: untouched,
    send: { state: 'sent' },
  } as const;
  return { kind: 'message', message: { key: `${userId}:${commandId}`, commandId, seq, userId, ...kept } };
}

test('ux C26: what comes at the end of a room is told with its name, once; what I say is not', () => {
  const items = [said(1, bob, 'before'), said(2, bob, 'see you'), said(3, alice, 'yes')];
  const news = new News(alice, 1);
  expect(news.isThere(items)).toBe(true);
  expect(news.tell(items, nameOf)).toBe('Bob: see you');
  expect([news.isThere(items), news.tell(items, nameOf)]).toEqual([false, '']);
});

test('ux C26: of many that come at once the number is told', () => {
  const items = [said(1, bob, 'one'), said(2, bob, 'two'), said(3, bob, 'three')];
  const news = new News(alice, 0);
  expect(news.tell(items, nameOf)).toBe('3 new messages');
  expect(news.tell([...items, said(4, bob, 'x'.repeat(8_000))], nameOf)).toMatch(/^Bob: x{300}…$/);
});
