import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSameProcess } from '@parley/servers';
import { z } from 'zod';

/** What runs, as the supervisor writes it to `<data>/status.json` at every change. */
export const Status = z.object({
  address: z.string(),
  /** The supervisor, and when its process began: a status that stands after a crash may name another one's pid. */
  pid: z.int(),
  born: z.string(),
  startedAt: z.string(),
  /** Every process has been ready once since the start. */
  ready: z.boolean(),
  processes: z.array(z.object({ role: z.enum(['api', 'worker']), name: z.string(), pid: z.int(), ready: z.boolean() })),
  /** `url` shows no password. `pid` is 0 for a server that was given by its URL, and while it is down. */
  servers: z.array(z.object({ role: z.string(), url: z.string(), how: z.string(), found: z.string(), pid: z.int() })),
});
export type Status = z.infer<typeof Status>;

const fileIn = (dataDir: string): string => join(dataDir, 'status.json');

/** Writes the status so that a reader sees the old or the new one, never half of it. */
export function writeStatus(dataDir: string, status: Status): void {
  const file = fileIn(dataDir);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(status, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** @returns what the Parley that runs on this folder says of itself, or undefined when none runs. */
export function readStatus(dataDir: string): Status | undefined {
  try {
    const status = Status.parse(JSON.parse(readFileSync(fileIn(dataDir), 'utf8')));
    return isSameProcess(status) ? status : undefined;
  } catch {
    return undefined;
  }
}
