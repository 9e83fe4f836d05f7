import { parseArgs } from 'node:util';
import { ConversationId } from '@parley/events';
import { LogWork } from '@parley/events/log';
import { migrate, openDatabase, type Database } from '@parley/read-models';
import { readConfig } from '../config.ts';
import { allProjections } from '../projections/all-projections.ts';
import { rebuild, rebuildConversation, type RebuildReport } from './rebuild.ts';
import { reportText } from './report.ts';

/** `npm run rebuild [-- name] [--verify] [--conversation ID] [--json]`. Exit status: 0 equal, 1 not, 2 failed. */
const options = {
  verify: { type: 'boolean', default: false },
  conversation: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** What is rebuilt, and whether it is only verified. */
interface Asked {
  readonly projections: ReturnType<typeof chosen>;
  readonly conversation: string | undefined;
  readonly verifyOnly: boolean;
}

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const projections = chosen(positionals[0]);
  const config = readConfig(process.env);
  await using database = openDatabase(config.mongodbUrl);
  await migrate(database);
  const asked = { projections, conversation: values.conversation, verifyOnly: values.verify };
  const report = await run(database, asked, config.logUrl);
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : reportText(report));
  process.exitCode = report.equal ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function run(database: Database, asked: Asked, logUrl: string): Promise<RebuildReport> {
  const { projections, conversation, verifyOnly } = asked;
  if (conversation !== undefined) {
    const conversationId = ConversationId.parse(conversation);
    return rebuildConversation(database, projections, { conversationId, verifyOnly });
  }
  const log = new LogWork(logUrl);
  try {
    return await rebuild(database, projections, { verifyOnly, log });
  } finally {
    log.close();
  }
}

function chosen(name: string | undefined) {
  const found = allProjections.filter((projection) => name === undefined || projection.name === name);
  if (found.length > 0) return found;
  throw new Error(`There is no read model "${name ?? ''}": ${allProjections.map((each) => each.name).join(', ')}.`);
}
