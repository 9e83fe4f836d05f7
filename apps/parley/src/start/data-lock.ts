import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '@parley/servers';
import { z } from 'zod';

import { Refused } from './refused.ts';

const Owner = z.object({ pid: z.int().positive(), born: z.string() });
type Owner = z.infer<typeof Owner>;

/**
 * Takes the data folder for this process, so that no two starts write the same files. A lock whose process is gone, even
 * by SIGKILL, counts for nothing. @returns what gives it up again; throws `Refused` when another start has it.
 */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'lock');
  const release = (): void => rmSync(file, { force: true });
  if (tryLock(file)) return release;
  const owner = readOwner(file);
  if (owner !== undefined && isAlive(owner.pid) && born(owner.pid) === owner.born) {
    const way = 'Stop that one, or set PARLEY_DATA to another folder.';
    throw new Refused(`The data folder ${folder} is in use by another start (process ${owner.pid}). ${way}`);
  }
  release();
  if (tryLock(file)) return release;
  throw new Refused(`The data folder ${folder} was just taken by another start. Stop that one, or set PARLEY_DATA.`);
}

function tryLock(file: string): boolean {
  const owner: Owner = { pid: process.pid, born: born(process.pid) };
  try {
    writeFileSync(file, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(file: string): Owner | undefined {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // half written by a start that was killed
  }
}

/** When a process began, so that a later process with the same id is not taken for it. '' where that can't be told. */
function born(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? ''; // field 22 of proc(5)
  } catch {
    return '';
  }
}
