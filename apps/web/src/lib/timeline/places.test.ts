import { newId, type ConversationId, type WireEvent } from '@parley/events';
import { expect, test } from 'vitest';
import { Places } from './places.ts';

const [one, other] = [newId<ConversationId>(), newId<ConversationId>()];
const at = { key: 'k7', bottom: 120 };
/** What the list says of a conversation: how much is unread, and which message is the newest. */
const row = (unread: number, newest: number) => ({ unread, last: { seq: newest } as WireEvent });

test('ux C4: who comes back to a conversation goes on where they left it, each for itself', () => {
  const places = new Places();
  places.leave(one, at, row(0, 9));
  const back = [one, other].map((id) => places.back(id, row(0, 9)));
  expect([...back, places.back(one, undefined)]).toEqual([at, null, at]);
});

test('ux C4: what came meanwhile goes first; what was unread already, or was read elsewhere, does not', () => {
  const places = new Places();
  places.leave(one, at, row(3, 9));
  const [before, came, read] = [row(3, 9), row(4, 10), row(0, 10)].map((now) => places.back(one, now));
  expect([before, came, read]).toEqual([at, null, at]);
});

test('ux C4: what came goes first also when what was unread at leaving was read on another device', () => {
  const places = new Places();
  places.leave(one, at, row(5, 9));
  expect(places.back(one, row(3, 12))).toBeNull();
});

test('ux C4: who left a conversation at its end comes back to its end', () => {
  const places = new Places();
  places.leave(one, at, row(0, 9));
  places.leave(one, null, row(0, 9));
  expect(places.back(one, row(0, 9))).toBeNull();
});
