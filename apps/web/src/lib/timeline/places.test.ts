import { newId, type ConversationId } from '@parley/events';
import { expect, test } from 'vitest';
import { Places } from './places.ts';

const [one, other] = [newId<ConversationId>(), newId<ConversationId>()];
const at = { key: 'k7', bottom: 120 };

test('ux C4: who comes back to a conversation goes on where they left it, each for itself', () => {
  const places = new Places();
  places.leave(one, at, 0);
  expect([places.back(one, 0), places.back(other, 0)]).toEqual([at, null]);
});

test('ux C4: what came meanwhile goes first; what was unread already does not', () => {
  const places = new Places();
  places.leave(one, at, 3);
  expect([places.back(one, 4), places.back(one, 3), places.back(one, 0)]).toEqual([null, at, at]);
});

test('ux C4: who left a conversation at its end comes back to its end', () => {
  const places = new Places();
  places.leave(one, at, 0);
  places.leave(one, null, 0);
  expect(places.back(one, 0)).toBeNull();
});
