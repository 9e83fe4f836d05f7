import { parseArgs } from 'node:util';
import { ConversationId } from '@parley/events';
import { migrate, openDatabase } from '@parley/read-models';
import { readConfig } from '../config.ts';
import { allProjections } from '../projections/all-projections.ts';
import { verifyChains } from './chain-check.ts';
import { rebuild } from './rebuild.ts';
import { repairConversation } from './repair.ts';
import { reportText } from './report.ts';

/** `npm run rebuild [-- name] [--verify] [--conversation ID] [--chain] [--json]`. Exit status: 0 equal, 1 not, 2 failed. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    verify: { type: 'boolean', default: false },
    conversation: { type: 'string' },
    chain: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const begin = performance.now();
try {
  const projections = chosen(positionals[0]);
  await using database = openDatabase(readConfig(process.env).mongodbUrl);
  await migrate(database);
  const report = await run(database, projections);
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : reportText(report));
  process.exitCode = report.equal ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function run(database: ReturnType<typeof openDatabase>, projections: ReturnType<typeof chosen>) {
  const verifyOnly = values.verify;
  const broken = values.chain ? await verifyChains(database) : [];
  if (values.conversation === undefined) {
    const report = await rebuild(database, projections, { verifyOnly });
    return { ...report, equal: report.equal && broken.length === 0, broken };
  }
  const conversationId = ConversationId.parse(values.conversation);
  const { models, events } = await repairConversation(database, projections, { conversationId, verifyOnly });
  const equal = models.every(({ differences }) => differences.length === 0) && broken.length === 0;
  return { equal, events, models, broken, switched: !verifyOnly, seconds: (performance.now() - begin) / 1_000 };
}

function chosen(name: string | undefined) {
  const found = allProjections.filter((projection) => name === undefined || projection.name === name);
  if (found.length > 0) return found;
  throw new Error(`There is no read model "${name ?? ''}": ${allProjections.map((each) => each.name).join(', ')}.`);
}
