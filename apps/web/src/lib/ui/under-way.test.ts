import { expect, test } from 'vitest';
import { UnderWay } from './under-way.svelte.ts';

test('C15: what is under way is not begun a second time; other things are', async () => {
  const underWay = new UnderWay<string>();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const begun: string[] = [];
  const retry = (key: string): Promise<void> =>
    underWay.run(key, () => {
      begun.push(key);
      return promise;
    });
  const all = [retry('message 1'), retry('message 1'), retry('message 2')];
  expect([begun, underWay.has('message 1'), underWay.has('message 3')]).toEqual([
    ['message 1', 'message 2'],
    true,
    false,
  ]);
  resolve(undefined);
  await Promise.all(all);
  expect(underWay.has('message 1')).toBe(false);
});

test('what failed may be tried again', async () => {
  const underWay = new UnderWay<string>();
  await expect(underWay.run('message', () => Promise.reject(new Error('full')))).rejects.toThrow('full');
  expect(underWay.has('message')).toBe(false);
});
