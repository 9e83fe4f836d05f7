import type { PresenceChange } from '../presence/presence.ts';
import { pushToRooms, type ChatServer } from './chat-socket.ts';
import { presenceFrames, type PresenceFrame } from './presence-frames.ts';
import { socketsByVersion } from './sockets-by-version.ts';

/** The first version whose clients take all changes in one frame. */
const IN_ONE_FRAME = 3;

/** Tells the sockets of this node who came and went, each of them only of people with whom it is in a conversation. */
export function pushPresence(io: ChatServer, changes: readonly PresenceChange[]): void {
  for (const frame of presenceFrames(changes, io.of('/').adapter.rooms)) {
    const { present, old } = socketsByVersion(io, frame.sockets, IN_ONE_FRAME);
    if (present.length > 0) pushToRooms(io, present, 'presences', frame.changes);
    if (old.length > 0) pushSingly(io, old, frame);
  }
}

function pushSingly(io: ChatServer, sockets: string[], { changes }: PresenceFrame): void {
  for (const userId of changes.online) pushToRooms(io, sockets, 'presence', { userId, online: true });
  for (const userId of changes.offline) pushToRooms(io, sockets, 'presence', { userId, online: false });
}
