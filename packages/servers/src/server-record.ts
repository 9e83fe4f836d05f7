import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a server was run the last time: the next start keeps to it, because that is where the data is. */
export interface ServerRecord {
  readonly how: 'program' | 'docker' | 'package';
  readonly port: number;
  /** Of the program; 0 for a container. */
  readonly pid: number;
}

/** @returns what the last start wrote, or undefined when there was none. */
export function readServerRecord(folder: string): ServerRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as Partial<ServerRecord>;
    const { how, port, pid } = record;
    if (how === undefined || !Number.isInteger(port) || !Number.isInteger(pid)) return undefined;
    return { how, port: Number(port), pid: Number(pid) };
  } catch {
    return undefined;
  }
}

/** Writes the record so that it is there whole or not at all. */
export function writeServerRecord(folder: string, record: ServerRecord): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'server.json');
  writeFileSync(`${file}.new`, JSON.stringify(record));
  renameSync(`${file}.new`, file);
}
