import { checkpoints, openDatabase } from '@parley/read-models';

/** @returns how far every partition is projected, as this server tells it: not all of it need be on disk. */
export async function checkpointsNow(mongoUrl: string): Promise<ReadonlyMap<number, number>> {
  await using database = openDatabase(mongoUrl);
  const found = await database.collection(checkpoints).find({}, { readConcern: 'local' }).toArray();
  return new Map(found.map(({ _id, n }) => [_id, n]));
}

/** @returns by how many events the second state is behind the first. */
export function eventsBetween(first: ReadonlyMap<number, number>, second: ReadonlyMap<number, number>): number {
  return [...first].reduce((sum, [partition, n]) => sum + Math.max(0, n - (second.get(partition) ?? 0)), 0);
}

/** @returns a name for each transaction that is open in MongoDB and has written something. */
export async function openTransactions(mongoUrl: string): Promise<string[]> {
  await using database = openDatabase(mongoUrl);
  const stages = [
    { $currentOp: { allUsers: true, idleSessions: true } },
    { $match: { transaction: { $exists: true }, 'locks.Global': 'w' } },
  ];
  const options = { readConcern: { level: 'local' } } as const;
  const found = await database.client.db('admin').aggregate(stages, options).toArray();
  return found.map((session) => {
    const { lsid, transaction } = session as {
      lsid: { id: object };
      transaction: { parameters: { txnNumber: unknown } };
    };
    return JSON.stringify([lsid.id, transaction.parameters.txnNumber]);
  });
}
