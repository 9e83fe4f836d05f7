import { readFile, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerHandle } from '@parley/servers';
import { syncedEnd } from './synced-end.ts';

const traceFile = (folder: string): string => join(folder, 'mongod.strace');

/** @returns a command line under which mongod tells what it writes and syncs. */
export function traceMongod(folder: string): string[] {
  const calls = 'trace=pwrite64,fdatasync,fsync';
  return ['strace', '-f', '--seccomp-bpf', '-y', '-s', '0', '-e', calls, '-o', traceFile(folder)];
}

/**
 * Takes from a dead mongod what a power cut would have taken from its journal: everything that its last finished sync
 * did not cover. Other files need no cut: WiredTiger never writes over what its last checkpoint refers to, and reaches
 * newer pages by the journal alone.
 * @returns how many written bytes are gone.
 */
export async function cutJournal(mongo: ServerHandle, folder: string): Promise<number> {
  const journal = join(mongo.dataDir, 'db', 'journal');
  const names = (await readdir(journal)).filter((name) => name.startsWith('WiredTigerLog.')).sort();
  const file = join(journal, names.at(-1) ?? '');
  const trace = await readFile(traceFile(folder), 'utf8');
  const [synced, written] = [syncedEnd(trace, file), await lastByte(file)];
  // A journal file that was only just begun is not known to the trace's syncs: nothing of it counts as kept.
  await truncate(file, synced);
  return Math.max(0, written - synced);
}

/** The file is preallocated with zeros: its size says nothing. */
async function lastByte(file: string): Promise<number> {
  const { size } = await stat(file);
  const bytes = await readFile(file);
  let end = size;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}
