import type { Epoch, Partition } from '@parley/events';
import type { Lineage, LineageEntry } from '@parley/events/log';
import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';
import { checkpoints } from './documents/checkpoints.ts';
import { lineage } from './documents/lineage.ts';
import { endOpenTransaction } from './fence.ts';

/** @returns the MongoDB side of opening an epoch. */
export function lineageOf(database: Database): Lineage {
  return {
    open: async (partition, runId, epoch, lastN) => {
      await endOpenTransaction(database, partition);
      return database.client.withSession((session) =>
        session.withTransaction(() => open(database, session, { partition, runId, epoch, lastN })),
      );
    },
  };
}

/** @returns all epochs of a partition, oldest first. */
export async function readLineage(
  database: Database,
  partition: number,
  session?: ClientSession,
): Promise<(LineageEntry & { run: string })[]> {
  const options = session ? { session } : {};
  const found = database.collection(lineage).find({ p: partition }, options).sort({ p: 1, order: 1 });
  return (await found.toArray()).map(({ epoch, began, run }) => ({ epoch: epoch as Epoch, began, run }));
}

interface Opening {
  readonly partition: Partition;
  readonly runId: string;
  readonly epoch: Epoch;
  readonly lastN: number;
}

async function open(database: Database, session: ClientSession, opening: Opening) {
  const { partition, runId } = opening;
  const known = await readLineage(database, partition, session);
  const checkpoint = await database.collection(checkpoints).findOne({ _id: partition }, { session });
  const archivedN = checkpoint?.n ?? 0;
  const present = known.find((entry) => entry.run === runId);
  if (present) return { current: plain(present), all: known.map(plain), archivedN };
  const current = { epoch: opening.epoch, began: Math.max(opening.lastN, archivedN) };
  await insert(database, session, { ...opening, ...current, order: known.length + 1 });
  return { current, all: [...known.map(plain), current], archivedN };
}

async function insert(
  database: Database,
  session: ClientSession,
  entry: Opening & { began: number; order: number },
): Promise<void> {
  const { partition: p, runId: run, epoch, began, order } = entry;
  const _id = `p${String(p).padStart(2, '0')}:${run}`;
  await database.collection(lineage).insertOne({ _id, p, run, epoch, began, order, at: new Date() }, { session });
  await database
    .collection(checkpoints)
    .updateOne(
      { _id: p },
      { $inc: { fence: 1 }, $set: { epoch }, $unset: { session: '' }, $setOnInsert: { n: 0 } },
      { session, upsert: true },
    );
}

function plain({ epoch, began }: LineageEntry): LineageEntry {
  return { epoch, began };
}
