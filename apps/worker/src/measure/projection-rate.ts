import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { newId, partitionOf, PARTITIONS, type CommandId, type ConversationId, type Partition } from '@parley/events';
import { idBuffer } from '@parley/read-models';
import { ProjectionFixture } from '../testing/projection-fixture.ts';
import { allProjections } from '../projections/all-projections.ts';
import { messageOverlay } from '../projections/message-overlay.ts';
import { ProjectorSet } from '../projector/projector-set.ts';
import { rebuild } from '../rebuild/rebuild.ts';

/**
 * Measures how fast one worker process projects a full log (goal P3) and verifies the outcome (goal P4), on a Redis and a MongoDB of its own:
 * `node apps/worker/src/measure/projection-rate.ts [events] [conversations] [all|history|archive]`: with all read models, with
 * the history alone (archive and overlay), or the archive alone; only all of them are verified. Messages of 400 base64 characters; 5 %
 * are reactions. The log is filled by plain XADD, so that the log's own cost is not in the figure.
 */
const [events = 200_000, conversations = 500] = process.argv.slice(2, 4).map(Number);
const scopes = { all: allProjections, history: [messageOverlay], archive: [] };
const { argv } = process;
const scope = argv[4] === 'history' || argv[4] === 'archive' ? argv[4] : 'all';
await using fixture = await ProjectionFixture.start(1);
const { alice } = fixture;
const ids = Array.from({ length: conversations }, () => newId<ConversationId>());
const heads = new Map<ConversationId, number>();
const places = Array.from({ length: PARTITIONS }, () => 0);

await fill();
const size = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await fixture.raw.info('memory'))?.[1]);
console.log(`log: ${Math.round((await size()) / events)} B per event in Redis`);

const begin = performance.now();
const cpu = process.cpuUsage();
const mongodCpu = cpuSeconds(fixture.mongo.pid);
const redisCpu = cpuSeconds(fixture.redis.pid);
await using projectors = new ProjectorSet(fixture.setting({ batch: 1_000, projections: scopes[scope] }));
// Where one run fails the others end too: a set that is closed lets them do nothing, for ever.
let goesOn = true;
const projectAll = async (partition: number): Promise<void> => {
  while (goesOn && (await projectors.run(partition as Partition)) !== 'caught_up');
};
await Promise.all(
  Array.from(places.keys(), (partition) =>
    projectAll(partition).catch((error: unknown) => {
      goesOn = false;
      throw error;
    }),
  ),
);
const seconds = (performance.now() - begin) / 1_000;
const own = process.cpuUsage(cpu);
const stats = await fixture.database.db.command({ collStats: 'events' });
console.log(
  JSON.stringify({
    scope,
    events,
    seconds,
    eventsPerSecond: Math.round(events / seconds),
    cpuMicrosPerEvent: {
      worker: perEvent((own.user + own.system) / 1e6),
      mongod: perEvent(cpuSeconds(fixture.mongo.pid) - mongodCpu),
      redis: perEvent(cpuSeconds(fixture.redis.pid) - redisCpu),
    },
    archived: await fixture.database.db.collection('events').countDocuments(),
    bytesPerEvent: Math.round((Number(stats.storageSize) + Number(stats.totalIndexSize)) / events),
  }),
);

if (scope === 'all') {
  const report = await rebuild(fixture.database, allProjections, { verifyOnly: true });
  if (report.events !== events) throw new Error(`Of ${events} events ${report.events} were verified.`);
  console.log(JSON.stringify({ equal: report.equal, events: report.events, seconds: report.seconds }));
}

/** CPU seconds that a process of this machine has used (proc(5): utime and stime, in hundredths). */
function cpuSeconds(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
  return (Number(user) + Number(system)) / 100;
}

function perEvent(seconds: number): number {
  return Math.round((seconds / events) * 1e7) / 10;
}

async function fill(): Promise<void> {
  let pipeline = fixture.raw.pipeline();
  for (let at = 0; at < events; at += 1) {
    const id = ids[at % ids.length] ?? newId<ConversationId>();
    addEntry(pipeline, id);
    if (pipeline.length >= 2_000) {
      await write(pipeline);
      pipeline = fixture.raw.pipeline();
    }
  }
  for (const [partition, n] of places.entries()) pipeline.hset(`${tag(partition)}epoch`, 'n', n);
  await write(pipeline);
}

/** A pipeline tells of refused commands only in its results: a log that took less than all would be measured as all. */
async function write(pipeline: ReturnType<typeof fixture.raw.pipeline>): Promise<void> {
  const refused = (await pipeline.exec())?.find(([error]) => error)?.[0];
  if (refused) throw refused;
}

function addEntry(pipeline: ReturnType<typeof fixture.raw.pipeline>, id: ConversationId): void {
  const partition = partitionOf(id);
  const n = (places[partition] ?? 0) + 1;
  const seq = (heads.get(id) ?? 0) + 1;
  places[partition] = n;
  heads.set(id, seq);
  const [type, body] = seq === 1 ? created() : seq % 20 === 0 ? reacted() : said();
  const ids = ['c', idBuffer(id), 'u', idBuffer(alice.userId), 'd', idBuffer(alice.deviceId)];
  const rest = ['i', idBuffer(newId<CommandId>()), 's', randomBytes(16), 'b', body];
  pipeline.xadd(`${tag(partition)}log`, `${n}-0`, 't', type, 'v', 1, 'q', seq, 'a', Date.now(), ...ids, ...rest);
}

function created(): [string, string] {
  const members = [{ role: 'owner', userId: alice.userId }];
  return [
    'conversation.created',
    JSON.stringify({ history: 'all', kind: 'group', members, name: null, visibility: 'private' }),
  ];
}

function reacted(): [string, string] {
  const target = { epoch: '0123456789abcdef', seq: 2 };
  return ['reaction.added', JSON.stringify({ reaction: { emoji: '🌱', suite: 'none' }, target })];
}

function said(): [string, string] {
  const envelope = randomBytes(300).toString('base64');
  return ['message.sent', JSON.stringify({ content: { envelope, suite: 'sealed.1' } })];
}

function tag(partition: number): string {
  return `{p${String(partition).padStart(2, '0')}}:`;
}
