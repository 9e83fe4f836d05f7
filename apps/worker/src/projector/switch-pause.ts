import { POINTER_AGE_MS, readModelPointer, type Database } from '@parley/read-models';

/**
 * After a rebuild has switched a read model, readers may hold the old pointer for a moment. As long as nothing new is
 * projected, both collections say the same, and what is new is still in the log's tail.
 * @returns whether that moment is not over yet.
 */
export async function switchPause(database: Database): Promise<boolean> {
  const pause = POINTER_AGE_MS * 2;
  const recent = { $expr: { $gt: [{ $add: ['$switchedAt', pause] }, '$$NOW'] } };
  return (await database.collection(readModelPointer).countDocuments({ _id: 'current', ...recent })) > 0;
}
