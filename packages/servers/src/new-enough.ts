import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { findPrograms } from './find-program.ts';
import type { ServerHandle } from './server-handle.ts';
import { OLDEST, PROGRAMS } from './server-programs.ts';

const run = promisify(execFile);
/** Only a program that hangs takes so long to name its version. */
const PATIENCE_MS = 20_000;

/** What PATH has of a server: the program to take, if there is one, and a line for each that was passed over. */
export interface ProgramsOnPath {
  readonly program: string | undefined;
  readonly passedOver: readonly string[];
}

/** @returns the first program of a server on PATH that is new enough, and why those before it are not. Never rejects. */
export async function newEnoughProgram(kind: ServerHandle['kind'], path?: string): Promise<ProgramsOnPath> {
  const passedOver: string[] = [];
  for (const program of findPrograms(PROGRAMS[kind], path)) {
    const fault = await faultOf(program, OLDEST[kind]);
    if (fault === undefined) return { program, passedOver };
    passedOver.push(`${program} ${fault}`);
  }
  return { program: undefined, passedOver };
}

/** `Redis server v=7.0.15 sha=…`, `Valkey server v=9.1.0 …`, `db version v6.0.5`. */
const VERSION = /\bv=?(\d+)[\w.-]*/;

async function faultOf(program: string, oldest: number): Promise<string | undefined> {
  const said = await run(program, ['--version'], { timeout: PATIENCE_MS }).catch(() => undefined);
  if (said === undefined) return 'does not run here';
  const [version, major] = VERSION.exec(said.stdout) ?? [];
  if (version === undefined) return `does not name its version, and Parley needs ${oldest} or newer`;
  return Number(major) >= oldest
    ? undefined
    : `is version ${version.replace(/^v=?/, '')}, and Parley needs ${oldest} or newer`;
}
