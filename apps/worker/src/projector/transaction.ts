import { WriteConcern, type ClientSession } from 'mongodb';

const durable = new WriteConcern('majority', undefined, true);

/**
 * Runs `write` as one transaction and commits it. Nothing is tried again here: whoever fails begins anew at the
 * checkpoint, which tells whether a commit of unknown outcome came through.
 */
export async function inTransaction<T>(session: ClientSession, write: () => Promise<T>): Promise<T> {
  session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: durable });
  try {
    const result = await write();
    await session.commitTransaction();
    return result;
  } catch (error) {
    // The transaction may be gone with its server or its session; its error says nothing new.
    await session.abortTransaction().catch(() => undefined);
    throw error;
  }
}
