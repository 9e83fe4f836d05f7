import { partitionOf, type ConversationId, type KnownEvents } from '@parley/events';
import {
  entryOf,
  eventKey,
  events,
  GREATEST_SEQ,
  idBuffer,
  keySeq,
  takeFence,
  type Database,
  type Fence,
  type ReadModelName,
} from '@parley/read-models';
import { Binary, type ClientSession, type Document } from 'mongodb';
import type { Projection } from '../projections/projection.ts';
import { decodeAndApply } from '../projector/apply-archived.ts';
import { moveCheckpoints } from '../projector/checkpoint.ts';
import { PoisonError } from '../projector/decode-event.ts';
import { inTransaction } from '../projector/transaction.ts';
import { writeChanges } from '../projector/write-changes.ts';
import { compare, type Comparison } from './compare.ts';
import { plainCollection } from './plain-collection.ts';
import { readStanding } from './position.ts';
import { Shadow } from './shadow.ts';

const PAGE = 5_000;

/**
 * Builds one conversation anew from the archive, compares it with the live documents and, unless only asked to verify,
 * puts it in their place. The partition's projector waits meanwhile: this holds its fence.
 * @throws when the conversation's partition has no epoch yet, another run takes the fence, or MongoDB is away.
 */
export async function repairConversation(
  database: Database,
  projections: readonly Projection[],
  options: { conversationId: ConversationId; verifyOnly: boolean; known?: KnownEvents },
): Promise<{ models: readonly Comparison[]; events: number }> {
  await using shadow = await Shadow.create(database, projections, options.known);
  const session = database.client.startSession();
  try {
    const fence = await takeFence(database, partitionOf(options.conversationId), session);
    if (!fence) throw new Error('Nothing was ever projected in the partition of this conversation.');
    const count = await fold(database, shadow, projections, options);
    const models: Comparison[] = [];
    for (const { name, live, shadow: rebuilt } of shadow.pairs()) {
      const sides = { live: { collection: plainCollection(live) }, rebuilt: { collection: plainCollection(rebuilt) } };
      models.push(await compare(name, sides, keysOf(name, options.conversationId)));
    }
    if (!options.verifyOnly) await replace(database, shadow, { ...options, fence, session });
    return { models, events: count };
  } finally {
    await session.endSession();
  }
}

async function fold(
  database: Database,
  shadow: Shadow,
  projections: readonly Projection[],
  { conversationId: id, known }: { conversationId: ConversationId; known?: KnownEvents },
): Promise<number> {
  const until = (await readStanding(database)).get(id) ?? GREATEST_SEQ;
  let count = 0;
  for (let from = 1; ;) {
    const page = await database
      .collection(events)
      .find({ _id: { $gte: eventKey(id, from), $lt: eventKey(id, until) } })
      .sort({ _id: 1 })
      .limit(PAGE)
      .toArray();
    const changes = await decodeAndApply({ projections, known, models: shadow.models }, page.map(entryOf));
    if (changes instanceof PoisonError) throw changes;
    await writeChanges(projections, shadow.models, [changes]);
    count += page.length;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return count;
    // Where the log had a hole, a page ends further on than it is long.
    from = keySeq(last._id) + 1;
  }
}

async function replace(
  database: Database,
  shadow: Shadow,
  held: { conversationId: ConversationId; fence: Fence; session: ClientSession },
): Promise<void> {
  const { session, fence } = held;
  await inTransaction(session, async () => {
    for (const { name, live, shadow: rebuilt } of shadow.pairs()) {
      const documents = await plainCollection(rebuilt).find().toArray();
      await plainCollection(live).deleteMany(keysOf(name, held.conversationId), { session });
      if (documents.length > 0) await plainCollection(live).insertMany(documents, { session });
    }
    await moveCheckpoints(database, [{ fence, to: fence.n }], session);
  });
}

/** All keys of a conversation begin with its id, and those of one model have one length. */
function keysOf(name: ReadModelName, id: ConversationId): Document {
  const bytes = idBuffer(id);
  if (name === 'conversations') return { _id: new Binary(bytes, Binary.SUBTYPE_UUID) };
  const rest = name === 'members' ? 16 : 12;
  const key = (fill: number): Binary => new Binary(Buffer.concat([bytes, Buffer.alloc(rest, fill)]));
  return { _id: { $gte: key(0), $lte: key(0xff) } };
}
