// Loaded into an api node before its own code (`node --import`): notes how late its timers come. PARLEY_LATENESS names a
// folder; each second one line goes into the file of this process there: the time, then milliseconds late, by commas.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';

const everyMs = 10;
const folder = process.env.PARLEY_LATENESS;
let late: number[] = [];
let due = performance.now() + everyMs;

function note(): void {
  const now = performance.now();
  late.push(Math.max(0, Math.round(now - due)));
  due = now + everyMs;
}

async function write(file: string): Promise<void> {
  const line = `${Date.now()} ${late.join(',')}\n`;
  late = [];
  await appendFile(file, line).catch(() => undefined);
}

if (folder !== undefined) {
  const file = join(folder, String(process.pid));
  setInterval(note, everyMs).unref();
  setInterval(() => void write(file), 1_000).unref();
}
