import { RefusalError } from '@parley/events';
import { unauthenticated } from '../accounts/access-token.ts';
import type { ChatSocket } from '../delivery/chat-socket.ts';
import type { SessionDoor } from './socket-handshake.ts';

/** While nobody can get a new token, an old one lasts so much longer; and so long they have for it afterwards. */
const LONGER_MS = 60_000;

const timers = new WeakMap<ChatSocket, NodeJS.Timeout>();

/** Closes the socket when its token ends. Called again after the token was refreshed. */
export function closeAtExpiry(socket: ChatSocket, sessions: SessionDoor): void {
  const known = timers.get(socket);
  clearTimeout(known);
  if (!known) socket.once('disconnect', () => clearTimeout(timers.get(socket)));
  const left = Math.max(0, socket.data.expiresAt - Date.now());
  const close = (): void => {
    if (hasEnded(socket, sessions)) socket.disconnect(true);
    else closeAtExpiry(socket, sessions);
  };
  timers.set(socket, setTimeout(close, left).unref());
}

/**
 * Checked before each request: the token's time and the session, without a round trip.
 * @throws RefusalError `unauthenticated`; the socket is closed with it.
 */
export function refuseEnded(socket: ChatSocket, sessions: SessionDoor): void {
  if (!hasEnded(socket, sessions) && sessions.stands(socket.data.actor)) return;
  setImmediate(() => socket.disconnect(true));
  throw new RefusalError(unauthenticated);
}

/**
 * An open socket outlives its token while MongoDB is away: its session was checked, every revocation still ends it, and
 * live delivery must not end with the last token.
 */
function hasEnded({ data }: ChatSocket, sessions: SessionDoor): boolean {
  if (data.expiresAt > Date.now()) return false;
  if (sessions.renewable()) return true;
  data.expiresAt = Date.now() + LONGER_MS;
  return false;
}
