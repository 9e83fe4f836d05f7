import type { Refusal } from '@parley/events';

const SOONEST_MS = 1_000;
const LATEST_MS = 5_000;

/** @returns the refusal of a node that has enough to do: each is told another time, so that not all come back at once. */
export function busy(random: () => number = Math.random): Refusal {
  const retryAfterMs = Math.round(SOONEST_MS + random() * (LATEST_MS - SOONEST_MS));
  const message = 'Many people come to this server at this moment. It lets you in within some seconds.';
  return { kind: 'not_ready', message, retryAfterMs };
}
