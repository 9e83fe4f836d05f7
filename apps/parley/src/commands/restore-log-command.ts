import { LogServerError, restoreLog } from '@parley/events/log';
import { archiveOf, keptMarks, lineageOf, openDatabase } from '@parley/read-models';
import type { Command } from 'commander';

import { readConfig } from '../config.ts';
import { Refused } from '../start/refused.ts';
import { withServers } from './with-servers.ts';

/** `restore-log`: an empty log Redis gets its write side back from the archive. */
export function addRestoreLog(program: Command): void {
  program
    .command('restore-log')
    .description('fill an empty log Redis from the archive, in a new epoch; says at which seq each conversation ends')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => {
      const restored = await restore();
      const rows = restored.map(({ conversationId, seq }) => `${conversationId}  ends at ${seq}`);
      if (json) console.log(JSON.stringify({ conversations: restored }, null, 2));
      else if (rows.length === 0) console.log('Nothing was restored: the archive is empty.');
      else console.log(rows.join('\n'));
    });
}

async function restore(): ReturnType<typeof restoreLog> {
  const config = readConfig();
  return withServers(config, async ({ redis, mongodb }) => {
    await using database = openDatabase(mongodb);
    const stores = { archive: archiveOf(database), lineage: lineageOf(database), marks: () => keptMarks(database) };
    try {
      return await restoreLog({ url: redis, acceptLoss: config.acceptLoss, ...stores });
    } catch (error) {
      throw error instanceof LogServerError ? new Refused(error.message, { cause: error }) : error;
    }
  });
}
