import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';

/** Waits until MongoDB's archive holds so many events. */
export async function untilArchived(url: string, events: number): Promise<void> {
  await using client = await new MongoClient(url).connect();
  const archive = client.db('parley').collection('events');
  while ((await archive.estimatedDocumentCount()) < events) await delay(200);
}
