import { isAlive } from '@parley/servers';
import type { Command } from 'commander';

import { readConfig } from '../config.ts';
import { readStatus, type Status } from '../status.ts';

/** `status`: what runs now. Exit status 1 when nothing does. */
export function addStatus(program: Command): void {
  program
    .command('status')
    .description('the address, each process and each server')
    .option('--json', 'as JSON')
    .action((options: { json?: true }) => {
      const status = readStatus(readConfig().dataDir);
      const running = status !== undefined && isAlive(status.pid);
      if (!running) process.exitCode = 1;
      if (options.json) console.log(JSON.stringify(running ? { running, ...now(status) } : { running }, null, 2));
      else console.log(running ? asText(now(status)) : 'Parley does not run. Start it by `npm start`.');
    });
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
