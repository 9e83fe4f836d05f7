import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSameProcess, processBirth } from '@parley/servers';
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
  if (!tryLock(file)) {
    takeAway(file, folder);
    if (!tryLock(file)) throw inUse(folder, readOwner(file));
  }
  return () => {
    if (readOwner(file)?.pid === process.pid) rmSync(file, { force: true });
  };
}

/** The lock appears whole or not at all: whoever looks never finds one that is half written. */
function tryLock(file: string): boolean {
  const draft = `${file}.${process.pid}`;
  const owner: Owner = { pid: process.pid, born: processBirth(process.pid) };
  writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Moves a lock away whose process is gone. Of two starts that find it at once one moves it; the other may then move the
 * lock that the first has taken meanwhile, sees that by its owner, and puts it back.
 */
function takeAway(file: string, folder: string): void {
  const found = readOwner(file);
  if (found && isSameProcess(found)) throw inUse(folder, found);
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readOwner(aside);
  const isTaken = moved !== undefined && isSameProcess(moved);
  if (isTaken) linkSync(aside, file);
  rmSync(aside, { force: true });
  if (isTaken) throw inUse(folder, moved);
}

function inUse(folder: string, owner: Owner | undefined): Refused {
  const who = owner ? `another start (process ${owner.pid})` : 'another start';
  return new Refused(
    `The data folder ${folder} is in use by ${who}. Stop that one, or set PARLEY_DATA to another folder.`,
  );
}

function readOwner(file: string): Owner | undefined {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // gone, or written by something else
  }
}
