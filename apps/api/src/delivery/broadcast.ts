import type { Buffer as NodeBuffer } from 'node:buffer';
import type { BroadcastText } from './raw-entry.ts';
import { textFrame } from './text-frame.ts';

/** The part of Socket.IO's in-memory adapter that a broadcast needs. */
export interface RoomIndex {
  readonly rooms: ReadonlyMap<string, ReadonlySet<string>>;
  readonly nsp: { readonly sockets: ReadonlyMap<string, WritableSocket> };
}

export interface WritableSocket {
  readonly client: { writeToEngine(packets: readonly string[], options: object): void };
}

/**
 * Writes a ready packet to every socket in its rooms, each socket once. The frame is made once for all of them, from
 * the log's own JSON text.
 */
export function broadcastText(index: RoomIndex, { packet, rooms }: BroadcastText): void {
  const options = { preEncoded: true, wsPreEncodedFrame: undefined as NodeBuffer[] | undefined };
  const packets = [packet];
  for (const id of socketsIn(index, rooms)) {
    const socket = index.nsp.sockets.get(id);
    if (!socket) continue;
    // The leading 4 is Engine.IO's "message".
    options.wsPreEncodedFrame ??= [textFrame(`4${packet}`)];
    socket.client.writeToEngine(packets, options);
  }
}

function socketsIn(index: RoomIndex, rooms: readonly string[]): Iterable<string> {
  const [only] = rooms;
  if (rooms.length === 1 && only !== undefined) return index.rooms.get(only) ?? [];
  return new Set(rooms.flatMap((room) => [...(index.rooms.get(room) ?? [])]));
}
