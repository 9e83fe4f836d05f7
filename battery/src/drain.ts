import { setTimeout as delay } from 'node:timers/promises';
import { until, type Field } from './field.ts';
import { untilProjected } from './stores.ts';
import type { Person, Room } from './crowd.ts';
import type { Sending } from './sending.ts';

/**
 * Waits until every command is decided, shown to everybody and projected.
 * @param limitMs for each of them. It bounds a run that hangs; how long things may take is for the cases to say.
 * @returns what did not come about.
 */
export async function drain({ crowd, redis, mongo, sending }: Field, limitMs: number): Promise<string[]> {
  const stuck: string[] = [];
  const settle = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
    await until(what, limitMs, holds).catch((error: unknown) => stuck.push(String(error)));
  };
  await settle('every outbox is empty', () => crowd.people.every((person) => person.client.waiting === 0));
  await settle('every guest is in or out', () => sending.settled);
  await settle('everybody holds every head', () => crowd.rooms.every((room) => isWhole(room, sending)));
  await untilProjected({ redis, mongo }, limitMs).catch((error: unknown) => stuck.push(String(error)));
  // Timelines are announced in the next turn of the event loop.
  await delay(200);
  return stuck;
}

/** All who are in a room hold the same head. */
function isWhole(room: Room, sending: Sending): boolean {
  const present: readonly Person[] = sending.isIn(room) ? [...room.people, room.guest] : room.people;
  const timelines = present.map((person) => person.client.timeline(room.conversationId));
  const head = Math.max(...timelines.map((timeline) => timeline.head));
  return timelines.every((timeline) => timeline.complete === head);
}
