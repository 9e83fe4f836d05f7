import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cannotFetch, fetchServer } from './fetch-server.ts';
import { findProgram } from './find-program.ts';
import { ServerError, type ServerHandle } from './server-handle.ts';
import { FETCHED, PROGRAMS } from './server-programs.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * @returns the program of a server that tests can run here: on PATH, else fetched into the data folder's `servers`.
 * Rejects with `ServerError` when there is neither.
 */
export async function localProgram(kind: ServerHandle['kind']): Promise<string> {
  const program = findProgram(PROGRAMS[kind]);
  if (program !== undefined) return program;
  const reason = cannotFetch();
  if (reason === undefined)
    return fetchServer(FETCHED[kind], join(resolve(repository, process.env.PARLEY_DATA ?? '.parley'), 'servers'));
  const names = PROGRAMS[kind].join(' or ');
  throw new ServerError(`There is no ${names} on PATH, and ${reason}. Install ${names} to run the tests.`);
}
