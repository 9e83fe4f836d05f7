import type { ConversationId, Epoch, Mark, UserId } from '@parley/events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MarkGathering } from './mark-gathering.ts';

const [alice, bob] = ['alice', 'bob'] as [UserId, UserId];
const markOf = (userId: UserId, conversation: string, read: number): Mark => ({
  conversationId: conversation as ConversationId,
  userId,
  epoch: 'e' as Epoch,
  read,
  delivered: read,
});

let delivered: (readonly Mark[])[];
let passed: (readonly Mark[])[];
let gathering: MarkGathering;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  [delivered, passed] = [[], []];
  gathering = new MarkGathering({ deliver: (marks) => delivered.push(marks), pass: (marks) => passed.push(marks) });
});
afterEach(() => vi.useRealTimers());

test('marks of a moment go together, of each member in each conversation the newest', () => {
  for (const read of [1, 2, 3]) gathering.raised(markOf(alice, 'one', read));
  gathering.raised(markOf(alice, 'two', 7));
  gathering.heard([markOf(bob, 'one', 2)]);
  expect(delivered).toEqual([]);
  vi.runAllTimers();
  expect(delivered).toEqual([[markOf(alice, 'one', 3), markOf(alice, 'two', 7), markOf(bob, 'one', 2)]]);
  expect(passed).toEqual([[markOf(alice, 'one', 3), markOf(alice, 'two', 7)]]);
});

test('a conversation that was just told waits two seconds, another one does not; nothing is lost meanwhile', () => {
  gathering.raised(markOf(alice, 'one', 1));
  vi.advanceTimersByTime(500);
  gathering.raised(markOf(alice, 'one', 2));
  gathering.raised(markOf(alice, 'two', 2));
  vi.advanceTimersByTime(500);
  expect(delivered).toEqual([[markOf(alice, 'one', 1)], [markOf(alice, 'two', 2)]]);
  gathering.raised(markOf(alice, 'one', 3));
  vi.advanceTimersByTime(2_000);
  expect(delivered.slice(2)).toEqual([[markOf(alice, 'one', 3)]]);
  expect(passed.flat().map(({ read }) => read)).toEqual([1, 2, 2, 3]);
  expect(vi.getTimerCount()).toBe(0);
});

test('what was told is not told again', () => {
  gathering.raised(markOf(alice, 'one', 1));
  vi.runAllTimers();
  gathering.heard([markOf(bob, 'one', 1)]);
  vi.runAllTimers();
  expect(delivered.at(-1)).toEqual([markOf(bob, 'one', 1)]);
  expect(passed).toHaveLength(1);
});
