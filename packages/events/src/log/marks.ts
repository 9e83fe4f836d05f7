import type { Redis } from 'ioredis';
import { partitionOf, type ConversationId, type Epoch, type Partition, type UserId } from '../contract/ids.ts';
import type { Mark } from '../contract/live.ts';

/** What a member wants its marks to be at least. Both already clamped to the head of `epoch`, which is the present one. */
export interface MarkRaise {
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  readonly epoch: Epoch;
  readonly read: number;
  readonly delivered: number;
}

/**
 * Raises a mark in one atomic step. KEYS: marks of the conversation, dirty conversations of the partition.
 * ARGV: user, conversation, epoch, read, delivered, an older epoch, the last seq that it shares with `epoch`.
 * Answers the mark in force and whether it changed; or the older epoch in which the stored mark stands, unchanged.
 */
const RAISE = `
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local read, delivered = tonumber(ARGV[4]), tonumber(ARGV[5])
if stored then
  local epoch, r, d = string.match(stored, '^(%x+):(%d+):(%d+)$')
  r, d = tonumber(r), tonumber(d)
  if epoch ~= ARGV[3] then
    if epoch ~= ARGV[6] then return {'other', epoch} end
    r, d = math.min(r, tonumber(ARGV[7])), math.min(d, tonumber(ARGV[7]))
  end
  read, delivered = math.max(read, r), math.max(delivered, d)
end
delivered = math.max(read, delivered)
local mark = ARGV[3] .. ':' .. string.format('%d', read) .. ':' .. string.format('%d', delivered)
if mark == stored then return {'same', stored} end
redis.call('HSET', KEYS[1], ARGV[1], mark)
redis.call('SADD', KEYS[2], ARGV[2])
return {'raised', mark}
`;

/** @returns the key of a conversation's marks: a hash from user id to `epoch:read:delivered`. */
export function marksKey(conversationId: ConversationId): string {
  return `${tagOf(partitionOf(conversationId))}:k:${conversationId}`;
}

/** @returns the key of a partition's set of conversations whose marks changed since they were last kept. */
export function dirtyMarksKey(partition: Partition): string {
  return `${tagOf(partition)}:kd`;
}

/**
 * Raises a member's marks: monotone, epoch aware.
 * @param shared tells the last seq that an older epoch of the conversation shares with the present one.
 * @returns the mark in force now, and whether this call changed it.
 * @throws whatever Redis answers.
 */
export async function raiseMark(
  redis: Redis,
  raise: MarkRaise,
  shared: (epoch: Epoch) => Promise<number>,
): Promise<{ mark: Mark; raised: boolean }> {
  const { conversationId, userId, epoch, read, delivered } = raise;
  let older: [epoch: string, upTo: number] = ['', 0];
  for (;;) {
    const keys = [marksKey(conversationId), dirtyMarksKey(partitionOf(conversationId))] as const;
    const reply = await redis.eval(RAISE, 2, ...keys, userId, conversationId, epoch, read, delivered, ...older);
    const [outcome, value] = reply as [string, string];
    if (outcome === 'other') older = [value, await shared(value as Epoch)];
    else return { mark: parseMark(conversationId, userId, value), raised: outcome === 'raised' };
  }
}

/** How many marks go back in one round trip. */
const RESTORED_AT_ONCE = 500;

/**
 * Brings kept marks back to a log that was filled anew, each in the epoch in which it was kept. Whoever has raised theirs
 * since then has it already. @throws whatever Redis answers.
 */
export async function restoreMarks(redis: Redis, kept: AsyncIterable<Mark>): Promise<void> {
  let some: Mark[] = [];
  for await (const mark of kept) {
    some.push(mark);
    if (some.length < RESTORED_AT_ONCE) continue;
    await restoreSome(redis, some);
    some = [];
  }
  await restoreSome(redis, some);
}

async function restoreSome(redis: Redis, some: readonly Mark[]): Promise<void> {
  await Promise.all(
    some.map(({ conversationId, userId, epoch, read, delivered }) =>
      redis.hsetnx(marksKey(conversationId), userId, `${epoch}:${read}:${delivered}`),
    ),
  );
}

/** @returns the marks of everybody who ever set one in the conversation, as they stand in Redis. */
export async function readMarks(redis: Redis, conversationId: ConversationId): Promise<Mark[]> {
  const stored = await redis.hgetall(marksKey(conversationId));
  return Object.entries(stored).map(([userId, text]) => parseMark(conversationId, userId as UserId, text));
}

/** @returns one user's marks, in the order of the conversations; undefined where the user never set one. */
export async function readMarksOf(
  redis: Redis,
  userId: UserId,
  conversationIds: readonly ConversationId[],
): Promise<(Mark | undefined)[]> {
  const texts = await Promise.all(conversationIds.map((id) => redis.hget(marksKey(id), userId)));
  return conversationIds.map((id, at) => {
    const text = texts[at];
    return text === null || text === undefined ? undefined : parseMark(id, userId, text);
  });
}

function parseMark(conversationId: ConversationId, userId: UserId, text: string): Mark {
  const [epoch = '', read = '0', delivered = '0'] = text.split(':');
  return { conversationId, userId, epoch: epoch as Epoch, read: Number(read), delivered: Number(delivered) };
}

/** All keys of a partition share its hash tag, so that one script may touch them. */
function tagOf(partition: Partition): string {
  return `{p${String(partition).padStart(2, '0')}}`;
}
