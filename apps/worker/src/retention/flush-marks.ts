import { PARTITIONS, type ConversationId, type Mark, type Partition } from '@parley/events';
import { dirtyMarksKey, readMarks } from '@parley/events/log';
import { marks, memberKey, type Database } from '@parley/read-models';
import type { Redis } from 'ioredis';
import { bulkUpdate, type Update } from '../projector/bulk-write.ts';

/** How many conversations one call takes from each partition. */
const AT_ONCE = 200;

/**
 * Keeps in MongoDB the marks that changed in Redis since the last time. Redis stays the authority: what a crash loses
 * here is written again with the next change.
 * @returns how many marks were written.
 */
export async function flushMarks(redis: Redis, database: Database): Promise<number> {
  const pipeline = redis.pipeline();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    pipeline.spop(dirtyMarksKey(partition as Partition), AT_ONCE);
  }
  const replies = (await pipeline.exec()) ?? [];
  let written = 0;
  for (const [partition, [error, reply]] of replies.entries()) {
    if (error) throw error;
    const dirty = reply as ConversationId[];
    if (dirty.length > 0) written += await flush(redis, database, { partition: partition as Partition, dirty });
  }
  return written;
}

async function flush(
  redis: Redis,
  database: Database,
  { partition, dirty }: { partition: Partition; dirty: readonly ConversationId[] },
): Promise<number> {
  try {
    const found = (await Promise.all(dirty.map((id) => readMarks(redis, id)))).flat();
    await bulkUpdate(database.collection(marks), found.map(updateOf));
    return found.length;
  } catch (error) {
    await redis.sadd(dirtyMarksKey(partition), ...dirty);
    throw error;
  }
}

/** Within an epoch a mark only rises; another epoch's mark is no measure for it. */
function updateOf({ conversationId, userId, epoch, read, delivered }: Mark): Update {
  const raised = (field: 'read' | 'delivered', value: number) => ({
    $cond: [{ $eq: ['$epoch', epoch] }, { $max: [`$${field}`, value] }, value],
  });
  const set = { epoch, read: raised('read', read), delivered: raised('delivered', delivered) };
  return { q: { _id: memberKey(conversationId, userId) }, u: [{ $set: set }], upsert: true };
}
