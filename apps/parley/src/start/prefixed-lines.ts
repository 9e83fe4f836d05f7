import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Hands on each line of `stream` with the name of who wrote it in front, names aligned. */
export function prefixLines(stream: Readable, name: string, write: (line: string) => void): void {
  const prefix = `${name.padEnd(9)}| `;
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => write(prefix + line));
}
