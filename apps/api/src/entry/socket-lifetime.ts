import { RefusalError } from '@parley/events';
import { unauthenticated } from '../accounts/access-token.ts';
import type { ChatSocket } from '../delivery/chat-socket.ts';
import type { SessionDoor } from './socket-handshake.ts';

const timers = new WeakMap<ChatSocket, NodeJS.Timeout>();

/** Closes the socket when its token ends. Called again after the token was refreshed. */
export function closeAtExpiry(socket: ChatSocket): void {
  const known = timers.get(socket);
  clearTimeout(known);
  if (!known) socket.once('disconnect', () => clearTimeout(timers.get(socket)));
  const left = Math.max(0, socket.data.expiresAt - Date.now());
  timers.set(socket, setTimeout(() => socket.disconnect(true), left).unref());
}

/**
 * Checked before each request: the token's time and the session, without a round trip.
 * @throws RefusalError `unauthenticated`; the socket is closed with it.
 */
export function refuseEnded(socket: ChatSocket, sessions: SessionDoor): void {
  if (socket.data.expiresAt > Date.now() && sessions.stands(socket.data.actor)) return;
  setImmediate(() => socket.disconnect(true));
  throw new RefusalError(unauthenticated);
}
