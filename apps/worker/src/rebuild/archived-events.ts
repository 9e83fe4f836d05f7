import type { ConversationId, KnownEvents, UserId } from '@parley/events';
import { entryOf, events, idText, keySeq, type Database, type EventDocument } from '@parley/read-models';
import type { Document } from 'mongodb';
import type { ProjectedEvent } from '../projections/projection.ts';
import { decodeEvent } from '../projector/decode-event.ts';

const MESSAGE = { $eq: ['$m', true] };

/** Nobody folds what a message says: it stays where it is, which is most of the bytes. */
const outline: Document = {
  n: 1,
  v: 1,
  t: 1,
  a: 1,
  u: 1,
  m: 1,
  b: { $cond: [MESSAGE, '$$REMOVE', '$b'] },
  d: { $cond: [MESSAGE, '$$REMOVE', '$d'] },
  k: { $cond: [MESSAGE, '$$REMOVE', '$k'] },
};

/** @returns a partition's archived events with n > `after` up to `to`, in the log's order, in chunks. */
export async function* archivedEvents(
  database: Database,
  range: { partition: number; after: number; to: number },
  chunk: number,
): AsyncGenerator<EventDocument[]> {
  const { partition, after, to } = range;
  const pipeline = [
    { $match: { p: partition, n: { $gt: after, $lte: to } } },
    { $sort: { p: 1, n: 1 } },
    { $project: outline },
  ];
  const cursor = database.collection(events).aggregate<EventDocument>(pipeline, { batchSize: chunk });
  let collected: EventDocument[] = [];
  for await (const event of cursor) {
    collected.push(event);
    if (collected.length < chunk) continue;
    yield collected;
    collected = [];
  }
  if (collected.length > 0) yield collected;
}

/**
 * @returns an archived event as projections take it.
 * @throws PoisonError for one that cannot be projected.
 */
export function projectedOf(event: EventDocument, partition: number, known?: KnownEvents): ProjectedEvent {
  if (event.m !== true) {
    const entry = entryOf(event);
    return { entry, partition, decoded: decodeEvent(entry, known) };
  }
  const entry = {
    n: event.n,
    v: event.v,
    type: event.t,
    conversationId: idText<ConversationId>(event._id),
    seq: keySeq(event._id),
    at: event.a,
    actor: { userId: idText<UserId>(event.u) },
  };
  return { entry, partition, decoded: undefined };
}
