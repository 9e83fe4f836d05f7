import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from '@parley/events';

const run = promisify(execFile);
const Projected = z.looseObject({ eventsPerSecond: z.number() });
const Verified = z.object({ equal: z.boolean(), events: z.number(), seconds: z.number() });
const Lag = z.object({
  rate: z.number(),
  sent: z.number(),
  failed: z.number(),
  lagMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
});

/** Fills a log of its own, projects all of it, and verifies the outcome; the worker's own program does the work. */
export async function measureProjection(events: number) {
  const [projected, verified] = await measured('projection-rate.ts', [events]);
  return { events, projected: Projected.parse(projected), verified: Verified.parse(verified) };
}

/** @returns events per second into the archive alone, or into archive and overlay, which together are the history. */
export async function measureAlone(events: number, scope: 'archive' | 'history'): Promise<number> {
  const [projected] = await measured('projection-rate.ts', [events, 500, scope]);
  return Projected.parse(projected).eventsPerSecond;
}

/** @returns how long after its receipt an event is projected, in milliseconds, at this many events per second. */
export async function measureLag(rate: number, seconds: number): Promise<z.infer<typeof Lag>> {
  const [lag] = await measured('projection-lag.ts', [rate, seconds]);
  return Lag.parse(lag);
}

/** Runs one of the worker's own programs. @returns its lines of JSON. */
async function measured(program: string, args: readonly (string | number)[]): Promise<unknown[]> {
  const path = fileURLToPath(new URL(`../../../apps/worker/src/measure/${program}`, import.meta.url));
  const { stdout } = await run(process.execPath, [path, ...args.map(String)], { maxBuffer: 2 ** 24 });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line): unknown => JSON.parse(line));
}
