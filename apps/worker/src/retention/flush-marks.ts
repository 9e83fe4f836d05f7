import { PARTITIONS, type ConversationId, type Mark, type Partition } from '@parley/events';
import { dirtyMarksKey, readMarks } from '@parley/events/log';
import { marks, memberKey, type Database } from '@parley/read-models';
import type { Redis } from 'ioredis';
import { bulkUpdate, type Update } from '../projector/bulk-write.ts';

/** How many conversations one call takes from each partition. */
const AT_ONCE = 200;

/**
 * Keeps in MongoDB the marks that changed in Redis since the last time. Redis stays the authority: what a crash loses
 * here is written again with the next change. What MongoDB does not take is noted again, of each partition by itself.
 * @returns how many marks were written.
 * @throws the first failure, after every partition was tried.
 */
export async function flushMarks(redis: Redis, database: Database): Promise<number> {
  const pipeline = redis.pipeline();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    pipeline.spop(dirtyMarksKey(partition as Partition), AT_ONCE);
  }
  const replies = (await pipeline.exec()) ?? [];
  const taken = replies.map(async ([error, reply], partition) => {
    if (error) throw error;
    const dirty = reply as ConversationId[];
    return dirty.length > 0 ? flush(redis, database, { partition: partition as Partition, dirty }) : 0;
  });
  const outcomes = await Promise.allSettled(taken);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return outcomes.reduce((sum, outcome) => sum + (outcome.status === 'fulfilled' ? outcome.value : 0), 0);
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
