import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { GuardedProcess } from './guarded-process.ts';
import { logTail } from './log-tail.ts';
import { redisAnswers } from './redis-probe.ts';
import { PRODUCTION_REDIS, redisArguments } from './redis-settings.ts';
import { ServerError } from './server-handle.ts';
import { until } from './until.ts';

export interface LocalRedisOptions {
  readonly program: string;
  readonly dataDir: string;
  readonly port: number;
  /** Over the production settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A command line to run it under, such as `['strace', '-f', '-o', file]`. */
  readonly under?: readonly string[];
  readonly orphan?: 'KILL' | 'TERM';
  /** How long it may take to read its data. */
  readonly startMs?: number;
}

/** Starts redis-server (or valkey-server) on 127.0.0.1. @returns its process once it answers; rejects with `ServerError`. */
export async function startLocalRedis(options: LocalRedisOptions): Promise<GuardedProcess> {
  mkdirSync(options.dataDir, { recursive: true });
  const logFile = join(options.dataDir, 'server.log');
  const server = redisArguments({
    bind: '127.0.0.1',
    port: String(options.port),
    dir: options.dataDir,
    daemonize: 'no',
    ...PRODUCTION_REDIS,
    ...options.settings,
  });
  const [command = options.program, ...args] = [...(options.under ?? []), options.program, ...server];
  const started = new GuardedProcess(command, args, {
    cwd: options.dataDir,
    logFile,
    orphan: options.orphan ?? 'KILL',
  });
  const up = await until(
    async () => (!started.running ? 'gone' : (await redisAnswers(options.port)) ? 'up' : undefined),
    options.startMs ?? 60_000,
  );
  if (up === 'up' && started.running) return started;
  await started.signal('SIGKILL');
  throw new ServerError(`${options.program} did not start. Its log, ${logFile}, ends with:\n${logTail(logFile)}`);
}
