import { ephemeralRedis } from '@parley/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { newId, partitionOf, type ConversationId, type Partition } from '../contract/ids.ts';
import { packRecord } from './append-record.ts';
import { readStatus } from './append-reply.ts';
import { partitionKeys } from './keys.ts';
import { scriptsOf, type ScriptName } from './script-texts.ts';
import { creation, person } from './testing/log-nodes.ts';

/** The scripts by themselves: each line of defence must hold also where the one before it would have been enough. */
let server: Awaited<ReturnType<typeof ephemeralRedis>>;
let redis: Redis;
const partition = 0 as Partition;
const { epoch: key } = partitionKeys(partition);
const [first, second] = ['00000000000000e1', '00000000000000e2'];

beforeAll(async () => {
  server = await ephemeralRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(() => redis.flushall());

const run = (name: ScriptName, of: string, ...args: (string | Buffer)[]): Promise<unknown> =>
  redis.callBuffer('EVAL', scriptsOf(of)[name].text, 1, key, ...args);
const open = async (of: string, epoch: string, began: number): Promise<string | null> => {
  const reply = await run('open', of, epoch, String(began), '7', '0', '0', epoch, String(began));
  return reply instanceof Buffer ? reply.toString() : null;
};

/** The first command of a conversation in partition 0. */
function record(): Buffer {
  for (;;) {
    const request = creation(person());
    if (partitionOf(request.conversationId) === partition) return packRecord(request);
  }
}
const append = (of: string, epoch: string): Promise<unknown> =>
  run('append', of, epoch, Buffer.from(epoch, 'hex'), record());

it('G6: an epoch is opened only at the n that its opener has read', async () => {
  await redis.hset(key, 'n', 5);
  expect(await open('run-1', first, 4)).toBeNull();
  expect(await open('run-1', first, 5)).toBe(first);
});

it('G6: one epoch per run: whoever opens second, also after appends, gets the first one', async () => {
  expect(await open('run-1', first, 0)).toBe(first);
  expect(readStatus((await append('run-1', first)) as Buffer, 0)).toBe('appended');
  expect(await open('run-1', second, 0)).toBe(first);
  expect(await redis.hget(key, 'n')).toBe('1');
});

it('G6: an append of another run or of another epoch is stale, each by itself', async () => {
  await open('run-1', first, 0);
  await expect(append('run-2', first)).rejects.toThrow('STALE');
  await expect(append('run-1', second)).rejects.toThrow('STALE');
  expect(await redis.hget(key, 'n')).toBe('0');
  await expect(run('access', 'run-2', Buffer.alloc(16), Buffer.from(newId<ConversationId>()))).rejects.toThrow('STALE');
});
