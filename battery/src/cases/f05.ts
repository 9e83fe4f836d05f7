import { readFile, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { atLeast, atMost, type BatteryCase } from '../battery-case.ts';
import { fault, seconds, until, type Field } from '../field.ts';
import { syncedBytes } from '../synced-bytes.ts';
import { killTraced } from '../traced.ts';
import { acks } from '../decisions.ts';
import { ackedGone } from './acked-gone.ts';

/** A count of 0 lost of so many says with 95 % that at most 3 in so many are lost. */
const ackedWanted = 20_000;

const traceFile = (folder: string): string => join(folder, 'redis.strace');
const trace = (folder: string): string[] => [
  ...['strace', '-f', '-y', '-s', '0', '-e', 'trace=write,fdatasync,fsync', '-o', traceFile(folder)],
];

/**
 * A power cut: `kill -9` leaves the operating system's page cache, a power cut does not. Redis runs under strace; after
 * the kill its file is cut to what the last finished fdatasync had covered.
 */
export const f05: BatteryCase = {
  id: 'F05',
  seconds: 160,
  title: 'power cut of the log: Redis killed, its file cut to what was synced',
  topology: { redisUnder: trace, perSecond: 300 },
  fault: async (field) => {
    const wanted = Math.ceil(ackedWanted * Math.min(1, field.pace) * field.size);
    await until(`${wanted} messages are acked`, 600_000, () => acks(field.recorder.lines) >= wanted);
    const cut = await fault(field, 'power cut of the log', () => powerCut(field));
    return { ackedWanted: wanted, ...cut };
  },
  limits: (figures) => [
    ...atMost(figures, 'ackedGone', 0),
    ...atLeast(figures, 'ackedBefore', Number(figures.ackedWanted)),
  ],
  control: {
    off: 'fsync before the ack (appendfsync everysec)',
    topology: { redisSettings: { appendfsync: 'everysec' }, env: { PARLEY_ACCEPT_LOSS: 'yes' } },
    harmed: (_, figures) => Number(figures.ackedGone) > 0,
  },
};

async function powerCut(field: Field): Promise<Record<string, number>> {
  await untilUnsynced(field);
  await killTraced(field.redis);
  for (const link of field.links.to('log')) await link.cut();
  await seconds(field, 1);
  const file = await incrementalFile(field.redis.dataDir);
  const written = (await stat(file)).size;
  const synced = syncedBytes(await readFile(traceFile(field.folder), 'utf8'), file);
  await truncate(file, synced);
  await field.redis.restart();
  const { gone, ackedBefore } = await ackedGone(field);
  for (const link of field.links.to('log')) await link.heal();
  return { ackedGone: gone, ackedBefore, cutBytes: written - synced };
}

/** Some dozens of messages. */
const worthLosing = 20_000;
const lookMs = 5_000;
const lookEveryMs = 100;

/** A cut right after a sync takes nothing: it comes when something lies written and not synced, if that ever is so. */
async function untilUnsynced({ redis, folder }: Field): Promise<void> {
  const file = await incrementalFile(redis.dataDir);
  const end = performance.now() + lookMs;
  while (performance.now() < end) {
    const synced = syncedBytes(await readFile(traceFile(folder), 'utf8'), file);
    if ((await stat(file)).size - synced >= worthLosing) return;
    await wait(lookEveryMs);
  }
}

async function incrementalFile(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'appendonlydir');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.incr.aof'));
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw new Error(`Expected one incremental file, found ${names.join(', ')}`);
  return join(folder, name);
}
