import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const ticksPerSecond = 100;
const windowMs = 250;

/** @returns seconds of CPU that the processes have used (fields 14 and 15 of /proc/pid/stat; 0 where there is none). */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const used = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
    }),
  );
  return used.reduce((sum, seconds) => sum + seconds, 0);
}

/** Waits until the processes do next to nothing, so that one system's rest is not the next one's load. */
export async function untilQuiet(pids: readonly number[], limitMs = 60_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  let quiet = 0;
  while (quiet < 2 && performance.now() < deadline) {
    const before = await cpuSeconds(pids);
    await delay(windowMs);
    const share = ((await cpuSeconds(pids)) - before) / (windowMs / 1_000);
    quiet = share < 0.15 ? quiet + 1 : 0;
  }
}
