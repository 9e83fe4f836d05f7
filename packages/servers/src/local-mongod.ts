import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { GuardedProcess } from './guarded-process.ts';
import { logTail } from './log-tail.ts';
import { becomePrimary, REPLICA_SET } from './replica-set.ts';
import { ServerError } from './server-handle.ts';

export interface LocalMongodOptions {
  readonly program: string;
  readonly dataDir: string;
  readonly port: number;
  /** More of mongod's command line. */
  readonly args?: readonly string[];
  readonly cacheGB?: number;
  /** A command line to run it under, such as `['strace', '-f', '-o', file]`. */
  readonly under?: readonly string[];
  readonly orphan?: 'KILL' | 'TERM';
  readonly startMs?: number;
}

/** Starts mongod on 127.0.0.1 as a replica set of one. @returns its process once it takes writes; rejects with `ServerError`. */
export async function startLocalMongod(options: LocalMongodOptions): Promise<GuardedProcess> {
  const dbPath = join(options.dataDir, 'db');
  mkdirSync(dbPath, { recursive: true });
  const logFile = join(options.dataDir, 'server.log');
  const server = mongodArguments(options, dbPath);
  const [command = options.program, ...args] = [...(options.under ?? []), options.program, ...server];
  const started = new GuardedProcess(command, args, {
    cwd: options.dataDir,
    logFile,
    orphan: options.orphan ?? 'KILL',
  });
  try {
    await becomePrimary(options.port, () => started.running, options.startMs);
    return started;
  } catch (error) {
    await started.signal('SIGKILL');
    const end = `Its log, ${logFile}, ends with:\n${logTail(logFile)}`;
    throw new ServerError(`${options.program} did not start. ${end}`, { cause: error });
  }
}

function mongodArguments(options: LocalMongodOptions, dbPath: string): string[] {
  return [
    ...['--dbpath', dbPath, '--port', String(options.port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--quiet'],
    ...['--replSet', REPLICA_SET, '--oplogSize', '512', '--wiredTigerCacheSizeGB', String(options.cacheGB ?? 0.5)],
    ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    ...(options.args ?? []),
  ];
}
