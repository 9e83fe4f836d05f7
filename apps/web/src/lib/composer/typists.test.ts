import { newId, type ConversationId, type UserId } from '@parley/events';
import { expect, test } from 'vitest';
import { Typists } from './typists.svelte.ts';

const [bob, carol] = [newId<UserId>(), newId<UserId>()];

test('check 22: who types already is seen by whoever comes, and who begins later too', () => {
  let tell: (userIds: readonly UserId[]) => void = () => undefined;
  const typists = new Typists(
    {
      typists: () => [bob],
      onTyping: (_, listener) => {
        tell = listener;
        return () => undefined;
      },
    },
    newId<ConversationId>(),
  );
  typists.follow();
  expect(typists.now).toEqual([bob]);
  tell([bob, carol]);
  expect(typists.now).toEqual([bob, carol]);
});
