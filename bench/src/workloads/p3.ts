import type { Measured } from '../goal.ts';
import { measureAlone, measureLag, measureProjection } from './projection.ts';

const LAG_RATE = 2_000;
const LAG_SECONDS = 20;

/**
 * Events per second through one worker process into MongoDB, all projections and validators on; beside it the archive
 * and the history alone, and how far the projection lags behind at 2,000 messages a second.
 */
export async function p3(scale: number): Promise<Measured> {
  const { projected, events } = await measureProjection(200_000 * scale);
  const archiveAlone = await measureAlone(events, 'archive');
  const historyAlone = await measureAlone(events, 'history');
  const lag = await measureLag(LAG_RATE, Math.max(5, Math.round(LAG_SECONDS * scale)));
  const { eventsPerSecond, ...detail } = projected;
  return {
    value: eventsPerSecond,
    unit: 'events/s',
    ratios: {},
    goal: '≥ 20,000 events/s, lag p99 ≤ 100 ms at 2,000 msg/s',
    met: eventsPerSecond >= 20_000 && lag.lagMs.p99 <= 100,
    detail: { events, archiveAlone, historyAlone, lag, ...detail },
  };
}
