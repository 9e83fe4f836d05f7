import { parseArgs } from 'node:util';
import { ConversationId } from '@parley/events';
import { LogWork } from '@parley/events/log';
import { migrate, openDatabase } from '@parley/read-models';
import { readConfig } from '../config.ts';
import { allProjections } from '../projections/all-projections.ts';
import { verifyConversation } from './archive-check.ts';
import { rebuild, type RebuildReport } from './rebuild.ts';
import { repairConversation } from './repair.ts';
import { reportText } from './report.ts';

/** `npm run rebuild [-- name] [--verify] [--conversation ID] [--json]`. Exit status: 0 equal, 1 not, 2 failed. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    verify: { type: 'boolean', default: false },
    conversation: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const begin = performance.now();
try {
  const projections = chosen(positionals[0]);
  const config = readConfig(process.env);
  await using database = openDatabase(config.mongodbUrl);
  await migrate(database);
  const report = await run(database, projections, config.logUrl);
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : reportText(report));
  process.exitCode = report.equal ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function run(
  database: ReturnType<typeof openDatabase>,
  projections: ReturnType<typeof chosen>,
  logUrl: string,
): Promise<RebuildReport> {
  const verifyOnly = values.verify;
  if (values.conversation !== undefined) return runOne(database, projections, values.conversation);
  const log = new LogWork(logUrl);
  try {
    return await rebuild(database, projections, { verifyOnly, log });
  } finally {
    log.close();
  }
}

async function runOne(
  database: ReturnType<typeof openDatabase>,
  projections: ReturnType<typeof chosen>,
  conversation: string,
): Promise<RebuildReport> {
  const verifyOnly = values.verify;
  const conversationId = ConversationId.parse(conversation);
  const archive = verifyOnly ? await verifyConversation(database, conversationId) : null;
  const { models, events } = await repairConversation(database, projections, { conversationId, verifyOnly });
  const equal = models.every(({ differences }) => differences.length === 0) && !archive?.broken.length;
  const seconds = (performance.now() - begin) / 1_000;
  return { equal, events, models, archive, log: null, switched: !verifyOnly, seconds };
}

function chosen(name: string | undefined) {
  const found = allProjections.filter((projection) => name === undefined || projection.name === name);
  if (found.length > 0) return found;
  throw new Error(`There is no read model "${name ?? ''}": ${allProjections.map((each) => each.name).join(', ')}.`);
}
