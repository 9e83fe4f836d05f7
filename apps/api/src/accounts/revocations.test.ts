import { newId, type DeviceId } from '@parley/events';
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

test('G10: a look that was overtaken by a later one brings nothing back', async () => {
  const [alice, answers] = [newId<DeviceId>(), [] as ((found: DeviceId[]) => void)[]];
  const revocations = new Revocations({ revokedSince: () => new Promise((resolve) => answers.push(resolve)) });
  const looks = [revocations.reload(), revocations.reload()];
  answers[1]?.([alice]);
  answers[0]?.([]);
  await Promise.all(looks);
  expect(revocations.stands(alice)).toBe(false);
  revocations.stop();
});
