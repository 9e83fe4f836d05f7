import type { ClientSession, Collection, Document } from 'mongodb';
import { DocumentSequence } from 'mongodb/lib/cmap/commands.js';
import type { BsonWriter } from './bson-writer.ts';

/** What a write needs to know of a collection. */
type Target = Pick<Collection, 'collectionName' | 'db'>;

/** One write of an `update` command. */
export interface Update {
  readonly q: Document;
  readonly u: Document | readonly Document[];
  readonly upsert?: boolean;
}

/** MongoDB takes at most this many writes in one command. */
const MOST = 50_000;
/** The largest document that MongoDB takes, and its code for a larger one. */
const MOST_DOCUMENT_BYTES = 16 * 2 ** 20;
const TOO_LARGE = 10_334;
/**
 * Documents of one transaction, and so of one command: above 48,000,000 bytes MongoDB does not refuse a command, but closes
 * the connection, and with a small cache it takes far less than that in a transaction.
 */
export const MOST_BYTES = 16_000_000;

const REFUSED = 'MongoDB refused a write to ';

/** A write that MongoDB refused, with the first reason. */
export class RefusedWriteError extends Error {
  override readonly name = 'RefusedWriteError';
  readonly collection: string;
  readonly code: number;

  constructor(collection: string, code: number, reason: string) {
    super(`${REFUSED}${collection}: ${reason}`);
    this.collection = collection;
    this.code = code;
  }
}

/** @returns whether a conversation was parked because of a refused write, from the reason that is kept of it. */
export function isRefusal(reason: string): boolean {
  return reason.startsWith(REFUSED);
}

/**
 * Inserts documents that are BSON already.
 * @throws RefusedWriteError for a duplicate key, and a document that is too large or that the validator refuses.
 */
export async function bulkInsert(
  collection: Target,
  documents: readonly BsonWriter[],
  session: ClientSession,
): Promise<void> {
  const written = documents.filter((some) => some.documents > 0);
  if (written.length === 0) return;
  const { collectionName } = collection;
  const largest = Math.max(...written.map((some) => some.largest));
  if (largest > MOST_DOCUMENT_BYTES) {
    throw new RefusedWriteError(
      collectionName,
      TOO_LARGE,
      `a document of ${largest} bytes is larger than any it takes.`,
    );
  }
  const sequence = new DocumentSequence('documents');
  // The first argument is only for command monitoring, which nobody does here.
  for (const some of written) sequence.push({}, some.bytes);
  await run(collection, { insert: collectionName, documents: sequence }, session);
}

/**
 * Updates documents by the plain command.
 * @returns how many documents it met, or made.
 * @throws RefusedWriteError for a duplicate key, and a document that the validator refuses.
 */
export async function bulkUpdate(
  collection: Target,
  updates: readonly Update[],
  session?: ClientSession,
): Promise<number> {
  let met = 0;
  for (let from = 0; from < updates.length; from += MOST) {
    const some = updates.slice(from, from + MOST);
    met += await run(collection, { update: collection.collectionName, updates: some }, session);
  }
  return met;
}

/** @returns how many documents it met, or made. */
async function run(collection: Target, command: Document, session: ClientSession | undefined): Promise<number> {
  const outside = { writeConcern: { w: 'majority', j: true } };
  const reply = await collection.db.command(
    { ...command, ordered: false, ...(session ? {} : outside) },
    session ? { session } : {},
  );
  const errors = (reply.writeErrors ?? []) as { code: number; errmsg: string }[];
  const first = errors[0];
  if (first) throw new RefusedWriteError(collection.collectionName, first.code, first.errmsg);
  return Number(reply.n);
}
