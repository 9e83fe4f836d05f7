import { newId, type DeviceId, type UserId } from '@parley/events';
import { ephemeralRedis } from '@parley/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAN_OUT_STREAM } from './fan-out.ts';
import { checkRecovery, type RecoveringAdapter, type StoredSession } from './recovery.ts';

/** By itself: over a socket the handshake refuses an ended session as well, and would hide what this lets through. */
let server: Awaited<ReturnType<typeof ephemeralRedis>>;
let redis: Redis;
let offset: string;
beforeAll(async () => {
  server = await ephemeralRedis();
  redis = new Redis(server.url);
  offset = (await redis.xadd(FAN_OUT_STREAM, '*', 'type', '0')) ?? '';
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const actor = { userId: newId<UserId>(), deviceId: newId<DeviceId>() };

function adapterOf({ stands = true, memberships = 3 }): RecoveringAdapter {
  const adapter = {} as RecoveringAdapter;
  checkRecovery(adapter, {
    redis,
    stands: () => stands,
    memberships: () => Promise.resolve(memberships),
    restoreWithinMs: 60_000,
  });
  return adapter;
}

async function restore(
  now: { stands?: boolean; memberships?: number; expiresAt?: number },
  adapter = adapterOf(now),
): Promise<unknown> {
  const { expiresAt = Date.now() + 60_000 } = now;
  const pid = newId();
  const session: StoredSession = { sid: 's', pid, rooms: [], data: { actor, protocol: 3, expiresAt, memberships: 3 } };
  adapter.persistSession(session);
  return adapter.restoreSession(pid, offset);
}

test('a session that stands, with the same memberships, is restored', async () => {
  expect(await restore({})).toMatchObject({ sid: 's', data: { actor, missed: [] } });
});

test('G10 trap 6: a session that was ended, or whose token ran out, is not', async () => {
  await expect(restore({ stands: false })).rejects.toThrow('ended');
  await expect(restore({ expiresAt: Date.now() - 1 })).rejects.toThrow('ended');
});

test('G10 trap 5: nor is one whose memberships changed', async () => {
  await expect(restore({ memberships: 4 })).rejects.toThrow('memberships');
});

test('E10: of many that come back at once, so many are restored; the others connect as new ones, and sync', async () => {
  const adapter = adapterOf({});
  const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => restore({}, adapter)));
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
  expect(refused).toEqual(Array.from({ length: 24 }, () => 'Error: Too many come back at once.'));
  expect(await restore({}, adapter)).toMatchObject({ sid: 's' });
});
