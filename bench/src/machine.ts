import { execFile } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { localProgram } from '@parley/servers';

const run = promisify(execFile);

/** What the numbers were measured on. `load`: what else the machine had to do at the end (1, 5, 15 minutes). */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly load: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
}

/** @param serverProgram finds the program that the servers of the workloads run; that of the bench by default. */
export async function machine(serverProgram: typeof localProgram = localProgram): Promise<Machine> {
  const [first] = cpus();
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    load: loadavg().map((value) => Math.round(value * 100) / 100),
    versions: {
      node: process.version,
      redis: await version(serverProgram('redis'), '--version'),
      mongod: await version(serverProgram('mongodb'), '--version'),
      go: await version('go', 'version'),
      parley: await version('git', 'rev-parse', '--short', 'HEAD'),
    },
  };
}

/** @returns the first line that a program says of itself. */
async function version(program: string | Promise<string>, ...args: string[]): Promise<string> {
  try {
    return (await run(await program, args)).stdout.split('\n')[0] ?? '';
  } catch {
    return 'not here';
  }
}
