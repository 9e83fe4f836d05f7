import { ConversationId, PARTITIONS, partitionOf, type Partition } from '@parley/events';
import { LogWork, type LogEntry, type UnreadableEntry } from '@parley/events/log';
import { until } from '@parley/servers';
import { type Command, InvalidArgumentError } from 'commander';

import { readConfig } from '../config.ts';
import { Refused } from '../start/refused.ts';
import { wholeNumber } from './whole-number.ts';
import { withServers } from './with-servers.ts';

interface ReadOptions {
  readonly partition?: number;
  readonly conversation?: ConversationId;
  readonly from: number;
  readonly count: number;
  readonly json?: true;
}

const PAGE = 1_000;
const CONNECT_MS = 5_000;

/** `log read`: entries of the log in clear fields. */
export function addLog(program: Command): void {
  program
    .command('log')
    .description('look into the log')
    .command('read')
    .description('entries of one partition, or of one conversation, in clear fields, oldest first')
    .option('--partition <n>', 'the partition, 0 to 63', wholeNumber(0, PARTITIONS - 1))
    .option('--conversation <id>', 'only this conversation', conversationId)
    .option('--from <n>', 'the first position in the partition', wholeNumber(1, Number.MAX_SAFE_INTEGER), 1)
    .option('--count <n>', 'at most so many entries', wholeNumber(1, 100_000), 50)
    .option('--json', 'one JSON object a line')
    .action(async (options: ReadOptions) => {
      const { conversation } = options;
      const partition = conversation === undefined ? options.partition : partitionOf(conversation);
      if (partition === undefined) throw new Refused('Say which: --partition <n> or --conversation <id>.');
      await withServers(readConfig(), async ({ redis }) => read(redis, partition as Partition, options));
    });
}

async function read(
  url: string,
  partition: Partition,
  { conversation, from, count, json }: ReadOptions,
): Promise<void> {
  const log = new LogWork(url);
  try {
    let after = from - 1;
    for (let left = count; left > 0;) {
      const { entries, epoch } = await answered(async () => log.readLog(partition, after, PAGE));
      const wanted = entries.filter((entry) => conversation === undefined || conversationOf(entry) === conversation);
      for (const entry of wanted.slice(0, left))
        console.log(json ? JSON.stringify(clear(entry)) : asText(partition, entry));
      left -= wanted.length;
      after = entries.at(-1)?.n ?? after;
      if (entries.length < PAGE) {
        if (!json) console.log(`partition ${partition}, epoch ${epoch === '' ? 'not opened yet' : epoch}`);
        return;
      }
    }
  } finally {
    log.close();
  }
}

/** The connection is made in the background: it is asked until it is there, then the last error counts. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  let failure: unknown;
  const answer = await until(
    async () =>
      ask().catch((error: unknown) => {
        failure = error;
        return undefined;
      }),
    CONNECT_MS,
    20,
  );
  if (answer !== undefined) return answer;
  throw new Refused('The log Redis does not answer. Is it running?', { cause: failure });
}

function conversationOf(entry: LogEntry | UnreadableEntry): string | undefined {
  return 'unreadable' in entry ? undefined : entry.conversationId;
}

/** Bytes as text: the salt in base64url, the body as the JSON that it is, fields of a broken entry in hex. */
function clear(entry: LogEntry | UnreadableEntry): unknown {
  if (!('unreadable' in entry)) {
    const { n, v, type, conversationId, seq, at, actor, commandId } = entry;
    const salt = Buffer.from(entry.salt).toString('base64url');
    return { n, v, type, conversationId, seq, at, actor, commandId, salt, body: bodyOf(entry) };
  }
  const fields = Object.entries(entry.fields).map(([name, value]) => [name, value.toString('hex')] as const);
  return { ...entry, fields: Object.fromEntries(fields) };
}

/** A body that is no JSON is shown as the text that it is. */
function bodyOf({ body }: LogEntry): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}

function asText(partition: Partition, entry: LogEntry | UnreadableEntry): string {
  if ('unreadable' in entry) return `${partition}:${entry.n}  can't be read: ${entry.unreadable}`;
  const { n, seq, type, v, at, actor, commandId, conversationId, body } = entry;
  return [
    `${partition}:${n}  ${type} v${v}  ${new Date(at).toISOString()}`,
    `    conversation ${conversationId}  seq ${seq}`,
    `    actor ${actor.userId}  device ${actor.deviceId}  command ${commandId}`,
    `    ${body}`,
  ].join('\n');
}

function conversationId(text: string): ConversationId {
  const parsed = ConversationId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('It must be the id of a conversation, a UUID in lower case.');
}
