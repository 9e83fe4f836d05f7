import { deadLetters, idText, openDatabase, type Database, type DeadLetterDocument } from '@parley/read-models';
import { until } from '@parley/servers';
import type { Command } from 'commander';

import { readConfig } from '../config.ts';
import { Refused } from '../start/refused.ts';
import { withServers } from './with-servers.ts';

const WORKER_MS = 30_000;

/** `dead-letters`: events that no projection could handle, and a new try. */
export function addDeadLetters(program: Command): void {
  const command = program.command('dead-letters').description('events that could not be projected');
  command
    .command('list')
    .description('what is parked, oldest first')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => withDatabase(async (database) => list(database, json === true)));
  command
    .command('replay')
    .description('have a worker try again; exit status 1 when one fails again')
    .argument('[id...]', 'as `list` shows them; all when none is named')
    .option('--json', 'as JSON')
    .action(async (ids: string[], { json }: { json?: true }) =>
      withDatabase(async (database) => replay(database, ids, json === true)),
    );
}

async function withDatabase(use: (database: Database) => Promise<void>): Promise<void> {
  await withServers(readConfig(), async ({ mongodb }) => {
    await using database = openDatabase(mongodb);
    await use(database);
  });
}

async function list(database: Database, json: boolean): Promise<void> {
  print(await open(database), json, 'No dead letters.');
}

async function replay(database: Database, ids: readonly string[], json: boolean): Promise<void> {
  const letters = await open(database, ids);
  const unknown = ids.filter((id) => !letters.some((letter) => letter._id === id));
  if (unknown.length > 0)
    throw new Refused(`There is no dead letter ${unknown.join(', ')}: see \`dead-letters list\`.`);
  const wanted = letters.map((letter) => letter._id);
  await database
    .collection(deadLetters)
    .updateMany({ _id: { $in: wanted } }, { $set: { replayAskedAt: new Date() }, $unset: { replayFailed: '' } });
  const answered = await until(async () => answers(database, wanted), WORKER_MS, 100);
  if (answered === undefined)
    throw new Refused('No worker answered within 30 s. Is one running? It will try when it does.');
  if (answered.some((letter) => letter.resolvedAt === undefined)) process.exitCode = 1;
  print(answered, json, 'No dead letters.');
}

async function open(database: Database, ids: readonly string[] = []): Promise<DeadLetterDocument[]> {
  const only = ids.length > 0 ? { _id: { $in: [...ids] } } : {};
  const found = database.collection(deadLetters).find({ ...only, resolvedAt: { $exists: false } });
  return found.sort({ since: 1, _id: 1 }).toArray();
}

/** @returns the letters once a worker has tried each of them again. */
async function answers(database: Database, ids: readonly string[]): Promise<DeadLetterDocument[] | undefined> {
  const letters = await database
    .collection(deadLetters)
    .find({ _id: { $in: [...ids] } })
    .sort({ _id: 1 })
    .toArray();
  const done = letters.every((letter) => letter.resolvedAt !== undefined || letter.replayFailed !== undefined);
  return done ? letters : undefined;
}

function print(letters: readonly DeadLetterDocument[], json: boolean, none: string): void {
  const shown = letters.map(({ conversation, ...letter }) => ({
    ...letter,
    ...(conversation === undefined ? {} : { conversation: idText(conversation) }),
  }));
  if (json) console.log(JSON.stringify(shown, null, 2));
  else if (shown.length === 0) console.log(none);
  else for (const letter of shown) console.log(asText(letter));
}

function asText(letter: Omit<DeadLetterDocument, 'conversation'> & { conversation?: string }): string {
  const { _id, conversation, seq, type, v, reason, since, replayFailed, resolvedAt } = letter;
  const what = `${type ?? 'unreadable'}${v === undefined ? '' : ` v${v}`}`;
  const where = conversation === undefined ? '' : `  conversation ${conversation} seq ${seq ?? '?'}`;
  const now = resolvedAt ? 'resolved' : (replayFailed ?? reason);
  return `${_id}  ${what}  since ${since.toISOString()}${where}\n    ${now}`;
}
