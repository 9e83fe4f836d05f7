import type { UserId } from '@parley/events';
import type { Redis } from 'ioredis';
import { leaseOf, renewLeases } from '../leases.ts';

const FOR_LONG_MS = 3_600_000;

/** Lets people be online all at once, each by a socket elsewhere, for longer than any test takes. */
export async function comeOnline(redis: Redis, people: readonly UserId[]): Promise<void> {
  const leases = people.map((userId) => leaseOf(userId, 'elsewhere'));
  await renewLeases(redis, leases);
  const ends = Date.now() + FOR_LONG_MS;
  await redis.zadd('parley:online', 'XX', ...leases.flatMap((lease) => [ends, lease]));
}
