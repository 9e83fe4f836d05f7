import type {
  Actor,
  ClientToServer,
  Mark,
  ServerToClient,
  SocketPushName,
  SocketPushOf,
  TypingSignal,
  UserId,
} from '@parley/events';
import type { Server, Socket } from 'socket.io';
import { userRoom } from './rooms.ts';

/** Kept with a socket, and over a recovery. Plain data: the adapter stores it in Redis. */
export interface SocketData {
  actor: Actor;
  /** The version of the protocol that the client speaks. */
  protocol: number;
  /** When the access token ends, in milliseconds since 1970. */
  expiresAt: number;
  /** The user's membership version of what the socket hears; `NO_RECOVERY` while it is not in its rooms. */
  memberships: number;
  /** Packets that a recovery found; sent once the new handshake has proven to be the same session's. */
  missed?: string[];
}

/** A membership version that never holds: such a session is not restored. */
export const NO_RECOVERY = -1;

/** What nodes pass on to each other, outside the stream. */
interface NodeToNode {
  marks: (marks: readonly Mark[]) => void;
  typing: (typing: TypingSignal) => void;
}

export type ChatServer = Server<ClientToServer, ServerToClient, NodeToNode, SocketData>;
export type ChatSocket = Socket<ClientToServer, ServerToClient, NodeToNode, SocketData>;

/** Sends one push to one socket of this node. Never `socket.emit`: with recovery on, that would go through the stream. */
export function push<N extends SocketPushName>(
  io: ChatServer,
  socket: ChatSocket,
  name: N,
  value: SocketPushOf<N>,
): void {
  pushToRooms(io, [socket.id], name, value);
}

/** Sends one push to the sockets of this node that are in one of `rooms`. */
export function pushToRooms<N extends SocketPushName>(
  io: ChatServer,
  rooms: string[],
  name: N,
  value: SocketPushOf<N>,
  except?: UserId,
): void {
  const target = except === undefined ? io.local.to(rooms) : io.local.to(rooms).except(userRoom(except));
  target.emit(name, ...([value] as Parameters<ServerToClient[N]>));
}
