import { newId, type UserId } from '@parley/events';
import { expect, test } from 'vitest';
import { reactionCount, reactionGroups } from './reaction-groups.ts';

const [alice, bob, carol] = [newId<UserId>(), newId<UserId>(), newId<UserId>()];
const gave = (userId: UserId, emoji: string, on = true) => ({
  seq: 2,
  userId,
  on,
  reaction: { suite: 'none', emoji } as const,
});

test('ux C26: every reaction that stands counts, not every kind of them', () => {
  const groups = reactionGroups(
    [gave(alice, '⚓'), gave(bob, '⚓'), gave(carol, '⚓'), gave(carol, '👍'), gave(bob, '👍', false)],
    alice,
  );
  expect(groups.map(({ emoji, mine }) => [emoji, mine])).toEqual([
    ['⚓', true],
    ['👍', false],
  ]);
  expect(reactionCount(groups)).toBe(4);
});
