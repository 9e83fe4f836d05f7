import type { Actor, UserId } from '@parley/events';
import type { Redis } from 'ioredis';
import { NO_RECOVERY, type SocketData } from './chat-socket.ts';
import { FAN_OUT_STREAM } from './fan-out.ts';
import { cutBroadcast, entryType, type RawEntry } from './raw-entry.ts';

/** How long a dropped session can be recovered, in milliseconds. */
export const RECOVERY_MS = 120_000;
const RESTORE_WITHIN_MS = 1_000;
/** Further behind than this, sync is the cheaper way. */
const MAX_MISSED_ENTRIES = 500;
/** Each reads as many entries; when more come back at once, sync serves them all the same. */
const RESTORES_AT_ONCE = 16;
/** With more rooms than this a session is not worth keeping: sync costs less. */
const MAX_ROOMS = 500;

export interface StoredSession {
  readonly sid: string;
  readonly pid: string;
  readonly rooms: readonly string[];
  readonly data: SocketData;
}

export interface RecoveryPorts {
  /** A client of the fan-out Redis. */
  readonly redis: Redis;
  /** Whether the session of this device still stands. */
  readonly stands: (actor: Actor) => boolean;
  /** @returns the user's membership version now. */
  readonly memberships: (userId: UserId) => Promise<number>;
  /** A recovery that takes longer than this, in milliseconds, is a plain connect; a second by default. */
  readonly restoreWithinMs?: number | undefined;
}

type Restored = StoredSession & { readonly missedPackets: [] };

/** The two methods of the adapter that connection state recovery calls. */
export interface RecoveringAdapter {
  persistSession(session: StoredSession): void;
  restoreSession(pid: string, offset: string): Promise<Restored>;
}

/**
 * Replaces the adapter's connection state recovery: bounded in time and backlog, and only for a session that still
 * stands and whose user's memberships are the same. Nothing is sent and no room is joined here: the missed packets
 * wait in the socket's data until the new handshake has proven whose they are.
 */
export function checkRecovery(adapter: RecoveringAdapter, ports: RecoveryPorts): void {
  adapter.persistSession = (session) => {
    if (session.rooms.length > MAX_ROOMS || session.data.memberships === NO_RECOVERY) return;
    // Lost, it is a plain connect.
    ports.redis.set(sessionKey(session.pid), JSON.stringify(session), 'PX', RECOVERY_MS).catch(() => undefined);
  };
  let restoring = 0;
  adapter.restoreSession = async (pid, offset) => {
    if (restoring >= RESTORES_AT_ONCE) throw new Error('Too many come back at once.');
    restoring += 1;
    const timeout = AbortSignal.timeout(ports.restoreWithinMs ?? RESTORE_WITHIN_MS);
    const late = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => reject(new Error('The recovery took too long.')));
    });
    return Promise.race([restore(ports, pid, offset), late]).finally(() => (restoring -= 1));
  };
}

async function restore(ports: RecoveryPorts, pid: string, offset: string): Promise<Restored> {
  if (!/^\d+-\d+$/.test(offset)) throw new Error('The offset is not a place in the stream.');
  const stored = await ports.redis.getdel(sessionKey(pid));
  // After a crash there is none: nobody reads a backlog for nothing.
  if (stored === null) throw new Error('The session is gone.');
  const entries = await ports.redis.xrange(FAN_OUT_STREAM, offset, '+', 'COUNT', MAX_MISSED_ENTRIES + 1);
  if (entries[0]?.[0] !== offset) throw new Error('Its offset is gone.');
  if (entries.length > MAX_MISSED_ENTRIES) throw new Error('Too far behind.');
  const session = JSON.parse(stored) as StoredSession;
  const missed = missedPackets(session, entries.slice(1));
  await refuseChanged(session.data, ports);
  return { ...session, rooms: [], data: { ...session.data, missed }, missedPackets: [] };
}

/** After the backlog was read: a removal before that is seen here, and one after it is not in the backlog. */
async function refuseChanged({ actor, expiresAt, memberships }: SocketData, ports: RecoveryPorts): Promise<void> {
  if (expiresAt <= Date.now() || !ports.stands(actor)) throw new Error('The session has ended.');
  if ((await ports.memberships(actor.userId)) !== memberships) throw new Error('The memberships have changed.');
}

function missedPackets(session: StoredSession, entries: readonly [string, string[]][]): string[] {
  const rooms = new Set(session.rooms);
  return entries.flatMap(([id, fields]) => {
    const entry = entryOf(fields);
    if (entry.type !== entryType.broadcast || entry.data === undefined) return [];
    const text = cutBroadcast(entry.data, id);
    return text?.rooms.some((room) => rooms.has(room)) ? [text.packet] : [];
  });
}

function entryOf(fields: readonly string[]): RawEntry {
  const pairs: Record<string, string> = {};
  for (let at = 0; at + 1 < fields.length; at += 2) pairs[fields[at] ?? ''] = fields[at + 1] ?? '';
  return pairs;
}

function sessionKey(pid: string): string {
  return `sio:session:${pid}`;
}
