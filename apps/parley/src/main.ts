import { ConfigError } from '@parley/events/environment';
import { Command } from 'commander';

import { addDeadLetters } from './commands/dead-letters-command.ts';
import { addLog } from './commands/log-command.ts';
import { addRebuild } from './commands/rebuild-command.ts';
import { addRestoreLog } from './commands/restore-log-command.ts';
import { addStart } from './commands/start-command.ts';
import { addStatus } from './commands/status-command.ts';
import { Refused } from './start/refused.ts';

const program = new Command('parley').description('Runs and looks after one installation of Parley.');
addStart(program);
addStatus(program);
addRestoreLog(program);
addRebuild(program);
addLog(program);
addDeadLetters(program);

try {
  await program.parseAsync();
} catch (error) {
  // A refusal is an answer, not a fault: no stack.
  console.error(error instanceof Refused || error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
