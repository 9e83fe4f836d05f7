const FIRST_STEP_MS = 250;
const SEEN_RECENTLY_MS = 60_000;
const CAP_RECENT_MS = 3_000;
const CAP_LONG_MS = 30_000;

/**
 * How long to wait before attempt number `attempt` (0 is the first retry): full jitter, so that a thousand clients
 * don't come back at once. The cap is 3 s while the server was seen within a minute, 30 s later.
 * @param unseenMs milliseconds since the server was last heard.
 * @returns milliseconds.
 */
export function backOff(attempt: number, unseenMs: number, random: () => number = Math.random): number {
  const cap = unseenMs < SEEN_RECENTLY_MS ? CAP_RECENT_MS : CAP_LONG_MS;
  return Math.round(random() * Math.min(cap, FIRST_STEP_MS * 2 ** Math.min(attempt, 16)));
}
