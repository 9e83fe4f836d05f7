import type { Database, ReadModelName } from '@parley/read-models';
import { instead } from './instead.ts';

/**
 * @param after called in the middle of a batch's transaction: when its writes into one read model are done, and before
 * its checkpoint moves.
 * @returns the database, as a projector that is frozen or fails just there sees it.
 */
export function afterWrites(database: Database, name: ReadModelName, after: () => Promise<void> | void): Database {
  const modelsOf: Database['modelsOf'] = (pointer) => {
    const models = database.modelsOf(pointer);
    const { db } = models[name];
    const command: typeof db.command = async (...given) => {
      const reply = await db.command(...given);
      await after();
      return reply;
    };
    return { ...models, [name]: instead(models[name], { db: instead(db, { command }) }) };
  };
  return instead(database, { modelsOf });
}
