import { Redis } from 'ioredis';
import { atLeast, atMost, type BatteryCase } from '../battery-case.ts';
import { every, fault, seconds, until, type Field, type Figures } from '../field.ts';
import { probing } from '../probe.ts';
import { acks } from '../decisions.ts';
import { ackedGone } from './acked-gone.ts';

/** The log Redis dies: plainly, while it rewrites its file, and five times in a row. */
export const f04: BatteryCase = {
  id: 'F04',
  seconds: 110,
  title: 'kill -9 of the log Redis: after 3 s back; during BGREWRITEAOF; 5 times in 20 s',
  fault: (field) => probing(field, () => strikeAll(field)),
  limits: (figures, slow) => [
    ...atMost(figures, 'ackedGone', 0),
    ...atMost(figures, 'firstAckMaxMs', 3_000 * slow),
    ...atMost(figures, 'answerMaxMs', 2_000 * slow),
    ...atMost(figures, 'finalRefusals', 0),
    ...atLeast(figures, 'rewriting', 1),
  ],
  control: {
    off: 'the log on disk (appendonly no)',
    topology: { redisSettings: { appendonly: 'no' }, env: { PARLEY_ACCEPT_LOSS: 'yes' } },
    harmed: (_, figures) => Number(figures.ackedGone) > 0,
  },
};

async function strikeAll(field: Field): Promise<Figures> {
  const struck = [await strike(field, 'kill -9 of the log Redis', 3)];
  await seconds(field, 4);
  const rewriting = await beginRewrite(field);
  struck.push(await strike(field, 'kill -9 of the log Redis while it rewrites its file', 1));
  await seconds(field, 4);
  await every(field, 4, 5, async () => {
    struck.push(await strike(field, 'kill -9 of the log Redis, again', 0.5));
  });
  const gone = struck.reduce((sum, one) => sum + one.gone, 0);
  return { ackedGone: gone, rewriting, firstAckMaxMs: Math.max(...struck.map(({ firstAckMs }) => firstAckMs)) };
}

interface Struck {
  readonly gone: number;
  readonly firstAckMs: number;
}

/** Kills the log and brings it back. A log that has lost what was acked is not waited for: nobody may write to it. */
async function strike(field: Field, what: string, awaySeconds: number): Promise<Struck> {
  return fault(field, what, async () => {
    await field.redis.kill('SIGKILL');
    for (const link of field.links.to('log')) await link.cut();
    await seconds(field, awaySeconds);
    await field.redis.restart();
    field.recorder.add({ kind: 'note', text: 'the log Redis answers again' });
    const { gone } = await ackedGone(field);
    const before = acks(field.recorder.lines);
    for (const link of field.links.to('log')) await link.heal();
    field.recorder.add({ kind: 'note', text: 'and may be reached' });
    if (gone > 0) return { gone, firstAckMs: 0 };
    const firstAckMs = await until('a first ack after the restart', 60_000, () => acks(field.recorder.lines) > before);
    return { gone, firstAckMs: Math.round(firstAckMs) };
  });
}

/** Begins a slow rewrite. @returns 1 when one is under way; a server without a file has nothing to rewrite. */
async function beginRewrite(field: Field): Promise<number> {
  const redis = new Redis(field.redis.url);
  // Microseconds for each key: a rewrite would else be over before the kill.
  await redis.config('SET', 'rdb-key-save-delay', '5000');
  await redis.bgrewriteaof().catch(() => undefined);
  const info = await redis.info('persistence');
  redis.disconnect();
  return Number(/aof_rewrite_in_progress:(\d)/.exec(info)?.[1] ?? 0);
}
