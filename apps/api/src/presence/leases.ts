import type { UserId } from '@parley/events';
import type { Redis } from 'ioredis';

/** A lease that nobody renews ends after this long: the longest that a crashed node's people look online. */
export const LEASE_MS = 25_000;
/** Whoever disconnects stays online for this long, so that a flapping network does not make people flap. */
export const GRACE_MS = 8_000;

const LEASES = 'parley:online';
const VERSION = 'parley:online:version';

/**
 * Sets leases to end in ARGV[1] ms: ARGV[2…] are `user:socket`. A lease whose user had none becomes news. Redis' own
 * clock is the only one, so nodes need not agree on the time. KEYS: leases, version.
 */
const RENEW = `
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local added = 0
for at = 2, #ARGV do added = added + redis.call('ZADD', KEYS[1], ends, ARGV[at]) end
if added > 0 then redis.call('SET', KEYS[2], time[1] .. '-' .. time[2]) end
return added
`;

/** Lets leases end in ARGV[1] ms, those that still exist. KEYS: leases. */
const SHORTEN = `
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', 'LT', ends, ARGV[at]) end
`;

/** Ends what is over. Answers the version, and all leases if it is not the known one (ARGV[1]). KEYS: leases, version. */
const LOOK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now) > 0 then
  redis.call('SET', KEYS[2], time[1] .. '-' .. time[2])
end
local version = redis.call('GET', KEYS[2]) or 'none'
if version == ARGV[1] then return {version} end
return {version, redis.call('ZRANGE', KEYS[1], 0, -1)}
`;

export type Lease = `${UserId}:${string}`;

/** @returns the name of one socket's lease. */
export function leaseOf(userId: UserId, socketId: string): Lease {
  return `${userId}:${socketId}`;
}

/** Takes out or renews leases. */
export async function renewLeases(redis: Redis, leases: readonly Lease[]): Promise<void> {
  await redis.eval(RENEW, 2, LEASES, VERSION, LEASE_MS, ...leases);
}

/** Lets leases run out within the time of grace. */
export async function endLeases(redis: Redis, leases: readonly Lease[]): Promise<void> {
  await redis.eval(SHORTEN, 1, LEASES, GRACE_MS, ...leases);
}

/**
 * @param known the version that the caller has seen, '' for none.
 * @returns who is online, sorted, with the version; `online` is undefined when nothing changed since `known`.
 */
export async function readOnline(redis: Redis, known = ''): Promise<{ version: string; online: UserId[] | undefined }> {
  const [version, leases] = (await redis.eval(LOOK, 2, LEASES, VERSION, known)) as [string, Lease[]?];
  const users = leases && new Set(leases.map((lease) => lease.slice(0, 36) as UserId));
  return { version, online: users && [...users].sort() };
}
