import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PeopleSearch } from './people-search.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('whoever is not known here is asked for at the server, once typing pauses; nobody is denied before it answers', async () => {
  const asked: string[] = [];
  const search = new PeopleSearch((text) => {
    asked.push(text);
    return Promise.resolve();
  });
  for (const text of ['z', 'zo', ' zoe ']) search.find(text);
  expect(search.answered).toBe(false);
  await vi.runAllTimersAsync();
  expect([asked, search.answered]).toEqual([['zoe'], true]);
});

test('without a text the first of all are asked for, once, and until they are here nobody is said to be alone', async () => {
  const asked: string[] = [];
  const search = new PeopleSearch((text) => {
    asked.push(text);
    return Promise.resolve();
  });
  const first = search.again();
  expect(search.answered).toBe(false);
  await first;
  for (const text of ['zoe', '']) {
    search.find(text);
    await vi.runAllTimersAsync();
  }
  expect([asked, search.answered]).toEqual([['', 'zoe'], true]);
});

test('an answer to an older question does not count', async () => {
  const late = Promise.withResolvers<undefined>();
  const search = new PeopleSearch((text) => (text === 'zo' ? late.promise : new Promise(() => undefined)));
  search.find('zo');
  await vi.runAllTimersAsync();
  search.find('zoe');
  await vi.runAllTimersAsync();
  late.resolve(undefined);
  await vi.runAllTimersAsync();
  expect(search.answered).toBe(false);
});

test('a server that is away is told, and asked again', async () => {
  let away = true;
  const search = new PeopleSearch(() => (away ? Promise.reject(new Error('away')) : Promise.resolve()));
  search.find('zoe');
  await vi.runAllTimersAsync();
  expect([search.answered, search.problem === '']).toEqual([false, false]);
  away = false;
  await search.again();
  expect([search.answered, search.problem]).toEqual([true, '']);
});
