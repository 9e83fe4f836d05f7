import { checkpoints, type Database } from '@parley/read-models';
import type { ClientSession } from 'mongodb';
import { isRaced } from '../projector/raced.ts';
import { inTransaction } from '../projector/transaction.ts';
import { dropOldCopies } from './drop-old-copies.ts';
import { readPlaces, readStanding, sameStanding, type Standing } from './position.ts';
import type { Shadow } from './shadow.ts';

/** How often the switch is tried against projectors that are about to commit. */
const ATTEMPTS = 200;

/**
 * Makes the rebuilt collections the live ones, in one transaction that raises every fence: whatever projector was at
 * work begins anew, with the new collections. While the transaction is open no projector can commit, so the rebuilt
 * collections take in the rest meanwhile. The old ones stay until the next switch, which drops them first.
 * @returns false when since the fold began a conversation was parked or replayed, or another rebuild has switched:
 * nothing has changed then.
 */
export async function switchTo(database: Database, shadow: Shadow, standing: Standing): Promise<boolean> {
  await dropOldCopies(database);
  const before = await database.readPointer();
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    await shadow.foldTo(await readPlaces(database), standing);
    const session = database.client.startSession();
    try {
      return await inTransaction(session, () => switchIn(database, session, shadow, standing));
    } catch (error) {
      if (!isRaced(error)) throw error;
    } finally {
      await session.endSession();
    }
  }
  throw new Error(
    `The projectors left no moment for the switch from ${before.conversations}: stop the workers and try again.`,
  );
}

async function switchIn(
  database: Database,
  session: ClientSession,
  shadow: Shadow,
  standing: Standing,
): Promise<boolean> {
  await database.collection(checkpoints).updateMany({}, { $inc: { fence: 1 } }, { session });
  if (!sameStanding(standing, await readStanding(database, session))) return false;
  await shadow.foldTo(await readPlaces(database, session), standing);
  return shadow.becomeLive(session);
}
