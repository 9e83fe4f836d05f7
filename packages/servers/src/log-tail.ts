import { readFileSync } from 'node:fs';

/** @returns the last lines of a server's log, for an error text; '' when there is no such file. */
export function logTail(file: string, lines = 4): string {
  try {
    const all = readFileSync(file, 'utf8').trimEnd().split('\n');
    return all
      .slice(-lines)
      .map((line) => line.slice(0, 300))
      .join('\n');
  } catch {
    return '';
  }
}
