import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { newId, partitionOf, type CommandId, type ConversationId } from '@parley/events';
import type { Person } from './crowd.ts';

/** Entries that no projector can take, though they are well formed as entries of the log. */
export const poisons = [
  { name: 'unknown type', type: 'moon.landed', v: 1, body: '{}' },
  { name: 'newer version', type: 'message.sent', v: 99, body: '{"content":{"suite":"none","text":"from the future"}}' },
  { name: 'invalid JSON', type: 'message.sent', v: 1, body: '{"content":' },
  { name: 'a megabyte', type: 'message.sent', v: 1, body: JSON.stringify({ junk: 'x'.repeat(1_000_000) }) },
] as const;

/**
 * Puts an entry at the end of a partition as another version of Parley might: numbers, head and list of unarchived n
 * stay right, so that only the content is bad. KEYS[1]: the partition's epoch hash.
 */
const script = `
local prefix = string.sub(KEYS[1], 1, 6)
local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
local seq = redis.call('HINCRBY', prefix .. 'c:' .. ARGV[1], 'h', 1)
redis.call('RPUSH', prefix .. 't:' .. ARGV[1], n)
redis.call('XADD', prefix .. 'log', string.format('%d-0', n), 't', ARGV[2], 'v', ARGV[3], 'c', ARGV[1], 'q', seq,
  'a', ARGV[4], 'u', ARGV[5], 'd', ARGV[6], 'i', ARGV[7], 's', ARGV[8], 'b', ARGV[9])
return n`;

/** Poisons one conversation with each kind, in the order of the ids. */
export async function poisonLog(redisUrl: string, rooms: readonly string[], person: Person): Promise<void> {
  const redis = new Redis(redisUrl);
  for (const [at, { type, v, body }] of poisons.entries()) {
    const room = rooms[at] ?? '';
    const key = `{p${String(partitionOf(room as ConversationId)).padStart(2, '0')}}:epoch`;
    const ids = [person.userId, person.session.deviceId, newId<CommandId>()].map(raw);
    await redis.eval(script, 1, key, raw(room), type, v, Date.now(), ...ids, randomBytes(16), body);
  }
  redis.disconnect();
}

function raw(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}
