import type { ConversationId } from '@parley/events';
import { expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { opened, say, shown, texts } from './stack/people.ts';
import { numbered } from './stack/seeding.ts';

const ROOMS = 5;
const EACH = 80;

const parley = parleyForFile();

it('A7: going from room to room during a burst drops no event, in the rooms that are open and in those that are not', async () => {
  const { people } = parley;
  const alice = await people.setUp('Alice', 0);
  const bob = await people.join('Bob', 1);
  const rooms: ConversationId[] = [];
  for (let n = 0; n < ROOMS; n += 1) {
    const room = await alice.createChannel(`room ${n}`, 'private', [bob.session.user.userId]);
    rooms.push(room);
    await Promise.all([opened(alice, room), opened(bob, room)]);
  }
  let [visits, news] = [0, 0];
  let leave = (): void => undefined;
  /** As a screen does it: it listens to the room that it shows, and to no other. */
  const visit = (room: ConversationId): void => {
    leave();
    visits += 1;
    const own = visits;
    leave = bob.onTimeline(room, () => {
      expect(own).toBe(visits);
      news += 1;
    });
  };
  for (const text of numbered('message', EACH)) {
    for (const room of rooms) void say(alice, room, text);
    visit(rooms[visits % ROOMS] ?? bob.conversations[0]?.conversationId ?? ('' as ConversationId));
    await eventually('the next one goes while some are on their way', () => alice.waiting < ROOMS * 4);
  }
  for (const room of rooms) {
    visit(room);
    await eventually('the room is complete', () => shown(bob, room).length === EACH);
    expect(texts(bob, room)).toEqual(numbered('message', EACH));
  }
  expect(visits).toBe(EACH + ROOMS);
  expect(news).toBeGreaterThan(0);
});
