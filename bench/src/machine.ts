import { execFile } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the numbers were measured on. `load`: what else the machine had to do at the end (1, 5, 15 minutes). */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly load: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
}

export async function machine(): Promise<Machine> {
  const [first] = cpus();
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    load: loadavg().map((value) => Math.round(value * 100) / 100),
    versions: {
      node: process.version,
      redis: await version('redis-server', '--version'),
      mongod: await version('mongod', '--version'),
      go: await version('go', 'version'),
      parley: await version('git', 'rev-parse', '--short', 'HEAD'),
    },
  };
}

/** @returns the first line that a program says of itself. */
async function version(program: string, ...args: string[]): Promise<string> {
  const said = await run(program, args).catch(() => ({ stdout: 'not here' }));
  return said.stdout.split('\n')[0] ?? '';
}
