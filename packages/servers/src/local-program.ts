import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cannotFetch, fetchServer } from './fetch-server.ts';
import { newEnoughProgram } from './new-enough.ts';
import { ServerError, type ServerHandle } from './server-handle.ts';
import { FETCHED, PROGRAMS } from './server-programs.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

const found = new Map<ServerHandle['kind'], Promise<string>>();

/**
 * @returns the program of a server that tests can run here: on PATH and new enough, else fetched into the data folder's
 * `servers`. Rejects with `ServerError` when there is neither.
 */
export async function localProgram(kind: ServerHandle['kind']): Promise<string> {
  const program = found.get(kind) ?? find(kind);
  found.set(kind, program);
  return program;
}

async function find(kind: ServerHandle['kind']): Promise<string> {
  const { program, passedOver } = await newEnoughProgram(kind);
  if (program !== undefined) return program;
  const reason = cannotFetch();
  if (reason === undefined)
    return fetchServer(FETCHED[kind], join(resolve(repository, process.env.PARLEY_DATA ?? '.parley'), 'servers'));
  const names = PROGRAMS[kind].join(' or ');
  const none = passedOver.length > 0 ? passedOver.join('; ') : `There is no ${names} on PATH`;
  throw new ServerError(`${none}, and ${reason}. Install ${names} to run the tests.`);
}
