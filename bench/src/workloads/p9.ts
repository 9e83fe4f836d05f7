import { ephemeralMongo, ephemeralRedis } from '@parley/servers';
import { startStack } from '@parley/stack';
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
  const stack = undo.adopt(await startStack({ redis, mongo }), (one) => one.close());
  const account = await HttpAccount.setUp(stack.apis[0]?.url ?? '', stack.setupCode);
  const conversationId = await createRoom(account, []);
  const client = undo.adopt(await new MongoClient(mongo.url).connect(), (one) => one.close());
  const commands = undo.adopt(new Redis(redis.url), (one) => one.disconnect());
  const before = await redisBytes(commands);
  await fillRoom(account, conversationId, messages, ciphertextBytes);
  const after = await redisBytes(commands);
  const kept = await archived(client);
  const entry = rounded((after.log - before.log) / messages, 0);
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
      receiptBytes: rounded((after.receipts - before.receipts) / messages, 0),
      broadcastBytes: rounded((after.fanOut - before.fanOut) / messages, 0),
      note: 'MongoDB: storage after compression plus indexes of the archive, per document, after a checkpoint',
    },
  };
}

async function redisBytes(redis: Redis): Promise<{ log: number; receipts: number; fanOut: number }> {
  const bytes = { log: 0, receipts: 0, fanOut: 0 };
  for (const key of await redis.keys('*')) {
    const used = (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
    if (key.endsWith(':log')) bytes.log += used;
    else if (/:(r:\d+|late)$/.test(key)) bytes.receipts += used;
    else if (key === 'socket.io') bytes.fanOut += used;
  }
  return bytes;
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
