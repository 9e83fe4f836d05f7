import {
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  RefusalError,
  SocketAuth,
  type Actor,
  type Refusal,
} from '@parley/events';
import type { IncomingMessage } from 'node:http';
import { unauthenticated, type Identity, type Verified } from '../accounts/access-token.ts';
import type { ChatSocket } from '../delivery/chat-socket.ts';
import { refusalOf } from './reply-error.ts';

/** What a socket is told of its session. */
export interface SessionDoor {
  /** @returns who speaks, or why nobody does: token and session checked. */
  readonly authenticate: (token: string) => Promise<Verified>;
  /** @returns whether the session of this device still stands, by what this node knows; never waits. */
  readonly stands: (actor: Actor) => boolean;
  /** @returns whether sessions can be renewed now: MongoDB answers. */
  readonly renewable: () => boolean;
}

/**
 * Lets a handshake in or refuses it with a typed reason. Identity comes from the token alone. A recovered socket must
 * present a token of the very session that it recovers.
 * @throws RefusalError `invalid`, `upgrade_required` or `unauthenticated`.
 */
export async function greet(socket: ChatSocket, sessions: SessionDoor): Promise<void> {
  const auth = readAuth(socket.handshake.auth);
  const identity = await identify(sessions, auth.token);
  if (socket.recovered && !isSame(socket.data.actor, identity)) throw new RefusalError(unauthenticated);
  const { userId, deviceId, expiresAt } = identity;
  Object.assign(socket.data, { actor: { userId, deviceId }, protocol: auth.protocol, expiresAt });
}

/**
 * Goes on with a fresh token of the same session.
 * @throws RefusalError `unauthenticated`.
 */
export async function authenticateAgain(socket: ChatSocket, sessions: SessionDoor, token: string): Promise<void> {
  const identity = await identify(sessions, token);
  if (!isSame(socket.data.actor, identity)) throw new RefusalError(unauthenticated);
  socket.data.expiresAt = identity.expiresAt;
}

/**
 * A browser always sends its Origin, and only our own may connect. Other clients send none; what they must have is the
 * token in the handshake, which no foreign page can know.
 */
export function isAllowedOrigin(request: IncomingMessage, origins: ReadonlySet<string>): boolean {
  const { origin } = request.headers;
  return origin === undefined || origins.has(origin);
}

/** @returns a refusal in the form that Socket.IO hands to the client as `connect_error` with `data`. */
export function connectError(error: unknown): Error & { data: Refusal } {
  const refusal = refusalOf(error);
  return Object.assign(new Error(refusal.kind), { data: refusal });
}

function readAuth(given: Record<string, unknown>): SocketAuth {
  // Socket.IO adds these two itself when a client asks for a recovery.
  const { token, protocol, ...others } = given;
  delete others.pid;
  delete others.offset;
  if (typeof protocol === 'number' && (protocol < MIN_PROTOCOL_VERSION || protocol > PROTOCOL_VERSION)) {
    const message = `This server speaks versions ${MIN_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}. Load the app again.`;
    throw new RefusalError({ kind: 'upgrade_required', message });
  }
  const read = SocketAuth.safeParse({ token, protocol, ...others });
  if (!read.success)
    throw new RefusalError({ kind: 'invalid', message: 'The handshake needs a token and a protocol.' });
  return read.data;
}

async function identify(sessions: SessionDoor, token: string): Promise<Identity> {
  const verified = await sessions.authenticate(token);
  if ('refusal' in verified) throw new RefusalError(verified.refusal);
  if (!sessions.stands(verified.identity)) throw new RefusalError(unauthenticated);
  return verified.identity;
}

function isSame(one: Actor, other: Actor): boolean {
  return one.userId === other.userId && one.deviceId === other.deviceId;
}
