import type { PresenceChanges, UserId } from '@parley/events';
import type { PresenceChange } from '../presence/presence.ts';
import { conversationRoom } from './rooms.ts';

/** Sockets that are told the same. */
export interface PresenceFrame {
  readonly sockets: readonly string[];
  readonly changes: PresenceChanges;
}

type Rooms = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Sorts what one look at the presence found by sockets: each is told, in one frame, of everybody with whom it is in a
 * conversation. What concerns a socket is one bit for each change, so that a conversation of everybody costs one `or`
 * for each socket, however many came and went; who is told the same shares one frame.
 * @param rooms the sockets of this node by Socket.IO room.
 */
export function presenceFrames(changes: readonly PresenceChange[], rooms: Rooms): PresenceFrame[] {
  const concerns = new Map<string, bigint>();
  const add = (socket: string, bits: bigint): void => {
    concerns.set(socket, (concerns.get(socket) ?? 0n) | bits);
  };
  for (const [room, bits] of bitsByRoom(changes, rooms)) for (const socket of rooms.get(room) ?? []) add(socket, bits);
  for (const [at, change] of changes.entries())
    for (const socket of leftBehind(change, rooms)) add(socket, 1n << BigInt(at));
  const groups = Map.groupBy(concerns.keys(), (socket) => concerns.get(socket) ?? 0n);
  return Array.from(groups, ([bits, sockets]) => ({ sockets, changes: changesIn(bits, changes) }));
}

function bitsByRoom(changes: readonly PresenceChange[], rooms: Rooms): ReadonlyMap<string, bigint> {
  const bits = new Map<string, bigint>();
  for (const [at, { conversations, unless }] of changes.entries()) {
    if (unless) continue;
    for (const id of conversations) {
      const room = conversationRoom(id);
      if (rooms.has(room)) bits.set(room, (bits.get(room) ?? 0n) | (1n << BigInt(at)));
    }
  }
  return bits;
}

function leftBehind({ conversations, unless }: PresenceChange, rooms: Rooms): string[] {
  if (!unless) return [];
  const met = [...unless].flatMap((id) => rooms.get(conversationRoom(id)) ?? []);
  const before = [...conversations].flatMap((id) => [...(rooms.get(conversationRoom(id)) ?? [])]);
  return before.filter((socket) => !met.some((sockets) => sockets.has(socket)));
}

function changesIn(bits: bigint, changes: readonly PresenceChange[]): PresenceChanges {
  const mine = changes.filter((_, at) => (bits >> BigInt(at)) & 1n);
  const idsOf = (online: boolean): UserId[] => mine.flatMap((one) => (one.online === online ? [one.userId] : []));
  return { online: idsOf(true), offline: idsOf(false) };
}
