import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Toasts } from './toasts.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const textsOf = (toasts: Toasts): string[] => toasts.list.map(({ text }) => text);

test('a note goes after its time and says so; one that is to stay waits for somebody', () => {
  const toasts = new Toasts();
  const over = vi.fn();
  toasts.show('Message deleted', { over });
  const dismiss = toasts.show('A new version is ready', { stays: null });
  vi.advanceTimersByTime(4_999);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(over).toHaveBeenCalledOnce();
  expect(textsOf(toasts)).toEqual(['A new version is ready']);
  dismiss();
  expect(textsOf(toasts)).toEqual([]);
});

test('check 25: time stands still while somebody is at the notes, and goes on with what was left', () => {
  const toasts = new Toasts();
  const over = vi.fn();
  toasts.show('Message deleted', { over });
  vi.advanceTimersByTime(4_000);
  toasts.hold(true);
  toasts.show('came meanwhile');
  vi.advanceTimersByTime(60_000);
  expect(textsOf(toasts)).toEqual(['Message deleted', 'came meanwhile']);
  toasts.hold(false);
  vi.advanceTimersByTime(1_000);
  expect(over).toHaveBeenCalledOnce();
  expect(textsOf(toasts)).toEqual(['came meanwhile']);
});

test('a note that was taken away before its time never says that it was over', () => {
  const toasts = new Toasts();
  const over = vi.fn();
  toasts.show('Message deleted', { over })();
  toasts.hold(true);
  toasts.hold(false);
  vi.advanceTimersByTime(60_000);
  expect(over).not.toHaveBeenCalled();
});

test('notes are shown in the dialog that was opened last, where they can be reached', () => {
  const toasts = new Toasts();
  const [below, above] = [Symbol('below'), Symbol('above')];
  const closeBelow = toasts.enter(below);
  const closeAbove = toasts.enter(above);
  expect(toasts.place).toBe(above);
  closeBelow();
  expect(toasts.place).toBe(above);
  closeAbove();
  expect(toasts.place).toBeNull();
});
