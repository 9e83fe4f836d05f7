import { ephemeralMongo, ephemeralRedis } from '@parley/servers';
import { startStack, unlimited } from '@parley/stack';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import type { Measured } from '../goal.ts';
import { rounded } from '../load/quantile.ts';
import { HttpAccount } from '../systems/http-account.ts';
import { createRoom, fillRoom } from '../systems/room.ts';

const messages = 4_000;
const ciphertextBytes = 300;

/** What a message of 300 B of ciphertext costs to keep: in Redis by MEMORY USAGE, in MongoDB with its indexes. */
export async function p9(): Promise<Measured> {
  await using undo = new AsyncDisposableStack();
  const redis = undo.adopt(await ephemeralRedis(), (one) => one.stop());
  const mongo = undo.adopt(await ephemeralMongo(), (one) => one.stop());
  const stack = undo.adopt(await startStack({ redis, mongo, env: unlimited }), (one) => one.close());
  const account = await HttpAccount.setUp(stack.apis[0]?.url ?? '', stack.setupCode);
  const conversationId = await createRoom(account, []);
  const client = undo.adopt(await new MongoClient(mongo.url).connect(), (one) => one.close());
  const commands = undo.adopt(new Redis(redis.url), (one) => one.disconnect());
  // Until it is archived each message has an entry in its conversation's list: a worker at work would take it away.
  for (const worker of stack.workers) await worker.kill();
  const before = await redisBytes(commands);
  await fillRoom(account, conversationId, messages, ciphertextBytes);
  const after = await redisBytes(commands);
  for (const worker of stack.workers) await worker.start();
  const kept = await archived(client);
  const each = (kind: keyof RedisBytes): number => rounded((after[kind] - before[kind]) / messages, 0);
  const entry = each('log');
  return {
    value: entry,
    unit: 'B per log entry in Redis',
    ratios: {},
    goal: '≤ 600 B in Redis, ≤ 900 B in MongoDB with indexes',
    met: entry <= 600 && kept.bytes <= 900,
    detail: {
      mongoBytes: kept.bytes,
      mongoUncompressedBytes: kept.uncompressed,
      mongoIndexBytes: kept.indexes,
      unarchivedListBytes: each('lists'),
      receiptBytes: each('receipts'),
      broadcastBytes: each('fanOut'),
      note: 'Redis: value is the entry in the stream; besides, an entry in the list of what is not archived, until it is; a receipt for an hour; a broadcast for minutes. MongoDB: storage after compression plus indexes of the archive, per document, after a checkpoint',
    },
  };
}

/** Bytes in Redis by what they are for. */
export interface RedisBytes {
  log: number;
  /** Of each conversation, what is not archived yet. */
  lists: number;
  receipts: number;
  fanOut: number;
}

async function redisBytes(redis: Redis): Promise<RedisBytes> {
  const bytes = { log: 0, lists: 0, receipts: 0, fanOut: 0 };
  for (const key of await redis.keysBuffer('*')) {
    const kind = kindOf(key.toString('latin1'));
    if (kind) bytes[kind] += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
  }
  return bytes;
}

/** @returns what a key's bytes are counted as; undefined for what does not grow with the messages. */
export function kindOf(key: string): keyof RedisBytes | undefined {
  if (/^\{p\d\d\}:t:/.test(key)) return 'lists';
  if (/^\{p\d\d\}:log$/.test(key)) return 'log';
  if (/^\{p\d\d\}:(r:\d+|late)$/.test(key)) return 'receipts';
  return key === 'socket.io' ? 'fanOut' : undefined;
}

/** Waits until everything is archived and on disk. @returns bytes per document. */
async function archived(client: MongoClient): Promise<{ bytes: number; uncompressed: number; indexes: number }> {
  const events = client.db('parley').collection('events');
  while ((await events.countDocuments()) < messages) await new Promise((resolve) => setTimeout(resolve, 100));
  await client.db('admin').command({ fsync: 1 });
  const [stats] = await events.aggregate([{ $collStats: { storageStats: {} } }]).toArray();
  const { count, size, storageSize, totalIndexSize } = (stats as { storageStats: Record<string, number> }).storageStats;
  const each = (total = 0): number => rounded(total / (count ?? 1), 0);
  return {
    bytes: each((storageSize ?? 0) + (totalIndexSize ?? 0)),
    uncompressed: each(size),
    indexes: each(totalIndexSize),
  };
}
