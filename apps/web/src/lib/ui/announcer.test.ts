import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Announcer } from './announcer.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('ux C26: what is to be counted is counted when it is said, after the pause', () => {
  const announcer = new Announcer();
  let count = 0;
  const tell = (): string => `${++count} new messages`;
  for (let n = 0; n < 3; n += 1) announcer.say(tell);
  expect(announcer.text).toBe('');
  vi.runAllTimers();
  expect([announcer.text, count]).toEqual(['1 new messages', 1]);
});

test('ux C26: where something comes all the time it is told all the same, and what else is said is not lost', () => {
  const announcer = new Announcer();
  const told: string[] = [];
  const tell = (): string => 'new messages';
  announcer.say('Connected again.');
  for (let n = 0; n < 8; n += 1) {
    announcer.say(tell);
    vi.advanceTimersByTime(200);
    if (told.at(-1) !== announcer.text) told.push(announcer.text);
  }
  expect(told).toEqual(['', 'Connected again.', 'new messages']);
});

test('nothing to say leaves what was said last', () => {
  const announcer = new Announcer();
  announcer.say('Connected again.');
  vi.runAllTimers();
  announcer.say(() => '');
  vi.runAllTimers();
  expect(announcer.text).toBe('Connected again.');
});
