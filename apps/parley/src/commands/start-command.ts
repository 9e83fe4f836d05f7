import type { Command } from 'commander';

import { readConfig } from '../config.ts';
import { whenParentGone } from '../parent-gone.ts';
import { start } from '../start/start.ts';
import { wholeNumber } from './whole-number.ts';

/** `start`: runs everything until Ctrl-C, SIGTERM or the end of the terminal. */
export function addStart(program: Command): void {
  program
    .command('start')
    .description('bring up Redis, MongoDB, api, worker and web, and keep them up')
    .option('--api <n>', 'api processes, sharing the port', wholeNumber(1, 64), 1)
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 1)
    .action(async (options: { api: number; workers: number }) => {
      const stop = new AbortController();
      const write = (line: string): void => void process.stdout.write(`${line}\n`);
      const end = (): void => {
        if (!stop.signal.aborted) write('parley   | Stopping …');
        stop.abort();
      };
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
      whenParentGone(end);
      await start(readConfig(), { ...options, write, signal: stop.signal });
    });
}
