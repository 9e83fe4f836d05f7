import { setTimeout as wait } from 'node:timers/promises';
import { openDatabase, STOPPED_ADVICE, stoppedPartitions, type StoppedPartition } from '@parley/read-models';
import { isAlive } from '@parley/servers';
import type { Command } from 'commander';

import { readConfig, type ParleyConfig } from '../config.ts';
import { readStatus, type Status } from '../status.ts';
import { runningUrl } from './with-servers.ts';

/** `status`: what runs now. Exit status 1 when nothing does. */
export function addStatus(program: Command): void {
  program
    .command('status')
    .description('the address, each process and each server, and what stands still')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => {
      const config = readConfig();
      const status = readStatus(config.dataDir);
      if (!status) {
        process.exitCode = 1;
        console.log(json ? JSON.stringify({ running: false }, null, 2) : notRunning);
        return;
      }
      const stopped = await readStopped(config);
      if (json) console.log(JSON.stringify({ running: true, ...now(status), stopped }, null, 2));
      else console.log([asText(now(status)), ...stoppedLines(stopped)].join('\n'));
    });
}

/** One that hangs is not waited for. */
const PATIENCE_MS = 3_000;
const unasked =
  'Whether a partition stands still is not known: MongoDB is away, or only the start was told its address (MONGODB_URL).';
const notRunning = 'Parley does not run. Start it by `npm start`.';

/** @returns the partitions whose projection stands still; null where MongoDB can't be asked. */
async function readStopped(config: ParleyConfig): Promise<StoppedPartition[] | null> {
  const url = config.mongoUrl ?? runningUrl(config, 'mongodb');
  if (url === undefined) return null;
  await using database = openDatabase(url);
  const found = stoppedPartitions(database).catch(() => null);
  return await Promise.race([found, wait(PATIENCE_MS, null, { ref: false })]);
}

function stoppedLines(stopped: readonly StoppedPartition[] | null): string[] {
  if (!stopped) return [unasked];
  if (stopped.length === 0) return [];
  return [...stopped.map(({ partition, reason }) => `partition ${partition} stands still: ${reason}`), STOPPED_ADVICE];
}

/** The pids that still live; the file may be older than a kill. */
function now(status: Status): Status {
  const alive = <T extends { pid: number }>(entry: T): T => ({ ...entry, pid: isAlive(entry.pid) ? entry.pid : 0 });
  return { ...status, processes: status.processes.map(alive), servers: status.servers.map(alive) };
}

function asText({ address, ready, processes, servers }: Status): string {
  const pidOf = (pid: number): string => (pid === 0 ? '-' : String(pid));
  return [
    `${address}  ${ready ? 'ready' : 'starting'}`,
    ...processes.map(
      (one) => `${one.name.padEnd(10)} pid ${pidOf(one.pid).padEnd(8)} ${one.ready ? 'ready' : 'not ready'}`,
    ),
    ...servers.map((one) => `${one.role.padEnd(10)} pid ${pidOf(one.pid).padEnd(8)} ${one.url}  ${one.found}`),
  ].join('\n');
}
