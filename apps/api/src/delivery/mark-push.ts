import type { Mark } from '@parley/events';
import { pushToRooms, type ChatServer } from './chat-socket.ts';
import { conversationRoom } from './rooms.ts';
import { socketsByVersion } from './sockets-by-version.ts';

/** The first version whose clients take the marks of a conversation in one frame. */
const IN_ONE_FRAME = 4;

/** Tells marks to the sockets of this node: one frame for each conversation. */
export function pushMarks(io: ChatServer, marks: readonly Mark[]): void {
  const { rooms } = io.of('/').adapter;
  for (const [conversationId, own] of Map.groupBy(marks, (mark) => mark.conversationId)) {
    const { present, old } = socketsByVersion(io, rooms.get(conversationRoom(conversationId)) ?? [], IN_ONE_FRAME);
    if (present.length > 0) pushToRooms(io, present, 'marks', { marks: own });
    if (old.length > 0) for (const mark of own) pushToRooms(io, old, 'mark', mark);
  }
}
