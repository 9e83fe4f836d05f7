import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Revocations } from './revocations.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('G12: what is known is fresh while MongoDB answers, and no more when it hangs; with the first answer it is again', async () => {
  let hangs = false;
  const never = new Promise<never>(() => undefined);
  const revocations = new Revocations({ revokedSince: () => (hangs ? never : Promise.resolve([])) });
  expect(revocations.areFresh).toBe(false);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(revocations.areFresh).toBe(true);
  hangs = true;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(revocations.areFresh).toBe(true);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(revocations.areFresh).toBe(false);
  hangs = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(revocations.areFresh).toBe(true);
  revocations.stop();
});
