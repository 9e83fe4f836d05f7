import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Command } from 'commander';

import { readConfig, ROOT } from '../config.ts';
import { withServers } from './with-servers.ts';

/** `rebuild`: the worker's rebuild of read models, on the servers of this installation; ends with its exit status. */
export function addRebuild(program: Command): void {
  program
    .command('rebuild')
    .description(
      'build read models anew from the archive; --verify only compares, and checks the archive itself: [name] [--verify] [--conversation <id>] [--json]',
    )
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options: object, command: Command) => {
      process.exitCode = await rebuild(command.args);
    });
}

async function rebuild(args: readonly string[]): Promise<number> {
  const config = readConfig();
  return withServers(config, async ({ redis, mongodb }) => {
    const child = spawn(process.execPath, [join(ROOT, 'apps/worker/src/rebuild/main.ts'), ...args], {
      stdio: 'inherit',
      env: { ...config.inherited, REDIS_URL: redis, MONGODB_URL: mongodb },
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  });
}
