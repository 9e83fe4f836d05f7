import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Announcer } from './announcer.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('ux C26: what is to be counted is counted when it is said, after the pause', () => {
  const announcer = new Announcer();
  let count = 0;
  for (let n = 0; n < 3; n += 1) announcer.say(() => `${++count} new messages`);
  expect(announcer.text).toBe('');
  vi.runAllTimers();
  expect([announcer.text, count]).toEqual(['1 new messages', 1]);
});

test('nothing to say leaves what was said last', () => {
  const announcer = new Announcer();
  announcer.say('Connected again.');
  vi.runAllTimers();
  announcer.say(() => '');
  vi.runAllTimers();
  expect(announcer.text).toBe('Connected again.');
});
