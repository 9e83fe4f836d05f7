import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** @returns whether a process with this id runs now; a dead one that nobody has collected yet does not. */
export function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || !/^\d+ \(.*\) [ZX]/s.test(readProc(pid, 'stat'));
}

/**
 * @returns when a process began, so that a later one with the same id is not taken for it; '' where that can't be told.
 * Field 22 of proc(5), in ticks since the machine started.
 */
export function processBirth(pid: number): string {
  const stat = readProc(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? '';
}

/** @returns whether the process that had this id at that birth still runs. */
export function isSameProcess({ pid, born }: { pid: number; born: string }): boolean {
  return isAlive(pid) && processBirth(pid) === born;
}

/** @returns the command line of a running process, words separated by blanks; '' when it can't be read. */
export function commandLine(pid: number): string {
  if (process.platform === 'linux') return readProc(pid, 'cmdline').replaceAll('\0', ' ');
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
