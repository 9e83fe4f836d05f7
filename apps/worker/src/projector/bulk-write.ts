import type { ClientSession, Collection, Document } from 'mongodb';
import { DocumentSequence } from 'mongodb/lib/cmap/commands.js';
import type { BsonWriter } from './bson-writer.ts';

/** One write of an `update` command. */
export interface Update {
  readonly q: Document;
  readonly u: Document | readonly Document[];
  readonly upsert?: boolean;
}

/** MongoDB takes at most this many writes in one command. */
const MOST = 50_000;

/** A write that MongoDB refused, with the first reason. */
export class RefusedWriteError extends Error {
  override readonly name = 'RefusedWriteError';
  readonly code: number;

  constructor(collection: string, code: number, reason: string) {
    super(`MongoDB refused a write to ${collection}: ${reason}`);
    this.code = code;
  }
}

/**
 * Inserts documents that are BSON already.
 * @throws RefusedWriteError for a duplicate key or a document that the validator refuses.
 */
export async function bulkInsert<Shape extends Document>(
  collection: Collection<Shape>,
  documents: BsonWriter,
  session: ClientSession,
): Promise<void> {
  if (documents.documents === 0) return;
  const sequence = new DocumentSequence('documents');
  // The first argument is only for command monitoring, which nobody does here.
  sequence.push({}, documents.bytes);
  await run(collection, { insert: collection.collectionName, documents: sequence }, session);
}

/**
 * Updates documents by the plain command.
 * @throws RefusedWriteError for a duplicate key or a document that the validator refuses.
 */
export async function bulkUpdate<Shape extends Document>(
  collection: Collection<Shape>,
  updates: readonly Update[],
  session?: ClientSession,
): Promise<void> {
  for (let from = 0; from < updates.length; from += MOST) {
    await run(collection, { update: collection.collectionName, updates: updates.slice(from, from + MOST) }, session);
  }
}

async function run<Shape extends Document>(
  collection: Collection<Shape>,
  command: Document,
  session: ClientSession | undefined,
): Promise<void> {
  const outside = { writeConcern: { w: 'majority', j: true } };
  const reply = await collection.db.command(
    { ...command, ordered: false, ...(session ? {} : outside) },
    session ? { session } : {},
  );
  const errors = (reply.writeErrors ?? []) as { code: number; errmsg: string }[];
  const first = errors[0];
  if (first) throw new RefusedWriteError(collection.collectionName, first.code, first.errmsg);
}
