import { RefusalError } from '@parley/events';
import { expect, test } from 'vitest';
import { Attempt } from './attempt.svelte.ts';

const refusal = new RefusalError({ kind: 'not_found', message: 'Nobody has that name.' });

test('a try is busy until it ends, and says what came in the way', async () => {
  const attempt = new Attempt();
  const { promise, reject } = Promise.withResolvers<undefined>();
  const run = attempt.run(() => promise);
  expect(attempt.busy).toBe(true);
  reject(refusal);
  await run;
  expect([attempt.busy, attempt.problem]).toEqual([false, 'Nobody has that name.']);
});

test('a second press while it runs does nothing', async () => {
  const attempt = new Attempt();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let tries = 0;
  const work = (): Promise<undefined> => {
    tries += 1;
    return promise;
  };
  const first = attempt.run(work);
  await attempt.run(work);
  resolve(undefined);
  await first;
  expect(tries).toBe(1);
});

test('C6: what comes when whoever tried has left leads nowhere, and is no problem of theirs', async () => {
  const attempt = new Attempt();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let arrived = false;
  const run = attempt.run(async (left) => {
    await promise;
    left.throwIfAborted();
    arrived = true;
  });
  attempt.leave();
  resolve(undefined);
  await run;
  expect([arrived, attempt.busy, attempt.problem]).toEqual([false, false, '']);
});
