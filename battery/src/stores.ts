import { Redis } from 'ioredis';
import { PARTITIONS } from '@parley/events';
import { checkpoints, events, idText, keySeq, openDatabase, type Database } from '@parley/read-models';
import type { ServerHandle } from '@parley/servers';
import { until } from './field.ts';
import { Recorder, type Stored } from './record.ts';
import { otherValue, valueOfText } from './stored-value.ts';

const pageEntries = 1_000;

/**
 * Writes down every entry of every partition, read with bare Redis commands: no code of the log takes part. Entries that
 * can't be read in clear fields are left out; their positions then show as holes.
 */
export async function recordLog(recorder: Recorder, redisUrl: string, rooms: ReadonlySet<string>): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    for (let partition = 0; partition < PARTITIONS; partition += 1)
      await recordPartition(recorder, redis, partition, rooms);
  } finally {
    redis.disconnect();
  }
}

async function recordPartition(
  recorder: Recorder,
  redis: Redis,
  partition: number,
  rooms: ReadonlySet<string>,
): Promise<void> {
  const key = logKey(partition);
  let from = '-';
  for (;;) {
    const page = await redis.xrangeBuffer(key, from, '+', 'COUNT', pageEntries);
    for (const [id, fields] of page) recordEntry(recorder, partition, rooms, id.toString(), fields);
    const last = page.at(-1);
    if (!last || page.length < pageEntries) return;
    from = `(${last[0].toString()}`;
  }
}

function recordEntry(
  recorder: Recorder,
  partition: number,
  rooms: ReadonlySet<string>,
  id: string,
  raw: readonly Buffer[],
): void {
  const fields = new Map<string, Buffer>();
  for (let at = 0; at + 1 < raw.length; at += 2) fields.set(String(raw[at]), raw[at + 1] ?? Buffer.alloc(0));
  const [command, conversation] = [fields.get('i'), fields.get('c')];
  if (command?.length !== 16 || conversation?.length !== 16) return;
  const value = valueOfText(fields.get('b')?.toString());
  const stored = { op: idText(command), conversationId: idText(conversation), seq: Number(fields.get('q')), value };
  noteOthers(recorder, rooms, stored);
  recorder.add({ kind: 'log', partition, n: Number.parseInt(id, 10), ...stored });
}

/**
 * Conversations, members and users were asked for by others than the load, and so was all that is outside its rooms.
 */
function noteOthers(recorder: Recorder, rooms: ReadonlySet<string>, stored: Stored): void {
  const { op, conversationId, value } = stored;
  if (rooms.has(conversationId) && value !== otherValue) return;
  recorder.add({ kind: 'invoke', op, userId: 'others', deviceId: `of ${op}`, conversationId, value });
}

/** @returns the last n of each partition's log. */
async function logEnds(redisUrl: string): Promise<number[]> {
  const redis = new Redis(redisUrl);
  try {
    const ends: number[] = [];
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const [last] = await redis.xrevrange(logKey(partition), '+', '-', 'COUNT', 1);
      ends.push(last ? Number.parseInt(last[0], 10) : 0);
    }
    return ends;
  } finally {
    redis.disconnect();
  }
}

/** Waits until MongoDB has come to where the log ends now. @returns the milliseconds that it took. */
export async function untilProjected(
  { redis, mongo }: { redis: ServerHandle; mongo: ServerHandle },
  limitMs: number,
): Promise<number> {
  const ends = await logEnds(redis.url);
  await using database = openDatabase(mongo.url);
  return Math.round(await until('everything is projected', limitMs, () => isProjected(database, ends)));
}

/** @returns whether MongoDB has come to these places of the log. False while MongoDB is away. */
async function isProjected(database: Database, ends: readonly number[]): Promise<boolean> {
  const found = await database
    .collection(checkpoints)
    .find()
    .toArray()
    .catch(() => []);
  const places = new Map(found.map(({ _id, n }) => [_id, n]));
  return ends.every((end, partition) => end <= (places.get(partition) ?? 0));
}

/** @returns the command ids of all entries of the log, read past every link. */
export async function commandsInLog(redisUrl: string): Promise<Set<string>> {
  const recorder = new Recorder(null);
  await recordLog(recorder, redisUrl, new Set());
  return new Set(recorder.lines.flatMap((line) => (line.kind === 'log' ? [line.op] : [])));
}

function logKey(partition: number): string {
  return `{p${String(partition).padStart(2, '0')}}:log`;
}

/** Writes down every document of the archive. */
export async function recordArchive(recorder: Recorder, mongoUrl: string, rooms: ReadonlySet<string>): Promise<void> {
  await using database = openDatabase(mongoUrl);
  for await (const document of database.collection(events).find()) {
    const value = valueOfText(document.b);
    const stored = { op: idText(document.k), conversationId: idText(document._id), seq: keySeq(document._id), value };
    noteOthers(recorder, rooms, stored);
    recorder.add({ kind: 'document', ...stored });
  }
}

/** Writes down who may see what of the rooms, as the archive's own events say it. @returns each member's last stay. */
export async function recordStays(
  recorder: Recorder,
  mongoUrl: string,
  rooms: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Stay>> {
  await using database = openDatabase(mongoUrl);
  const last = new Map<string, Stay>();
  const types = ['conversation.created', 'member.added', 'member.removed'];
  for await (const document of database
    .collection(events)
    .find({ t: { $in: types } })
    .sort({ _id: 1 })) {
    const conversationId = idText(document._id);
    if (!rooms.has(conversationId)) continue;
    const seq = keySeq(document._id);
    const { members, userId } = JSON.parse(document.b ?? '{}') as { members?: { userId: string }[]; userId?: string };
    for (const who of members?.map((member) => member.userId) ?? [userId ?? '']) {
      const key = `${who} ${conversationId}`;
      const stay = last.get(key);
      if (document.t === 'member.removed' && stay) recordStay(recorder, { ...stay, to: seq }, last, key);
      else last.set(key, { userId: who, conversationId, from: seq, to: Number.MAX_SAFE_INTEGER });
    }
  }
  for (const stay of last.values()) recorder.add({ kind: 'visible', ...stay });
  return last;
}

function recordStay(recorder: Recorder, stay: Stay, last: Map<string, Stay>, key: string): void {
  recorder.add({ kind: 'visible', ...stay });
  last.delete(key);
}

/** The seqs of a conversation that a member may see, from joining it to leaving it. */
export interface Stay {
  readonly userId: string;
  readonly conversationId: string;
  readonly from: number;
  readonly to: number;
}
