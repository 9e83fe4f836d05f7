// @vitest-environment happy-dom
import { flushSync, mount, unmount, type Component } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import ToastList from './ToastList.svelte';
import { provideToasts, Toasts } from './toasts.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('check 25: notes under the pointer in a dialog that is closed do not stay for ever: time goes on with the dialog gone', async () => {
  const toasts = new Toasts();
  const place = Symbol('dialog');
  const Dialog: Component = (internals) => {
    provideToasts(toasts);
    return ToastList(internals, { place });
  };
  const close = toasts.enter(place);
  const dialog = mount(Dialog, { target: document.body });
  toasts.show('Message deleted');
  flushSync();
  document.querySelector('section')?.dispatchEvent(new PointerEvent('pointerenter'));
  flushSync();
  vi.advanceTimersByTime(60_000);
  expect(toasts.list).toHaveLength(1);

  close();
  await unmount(dialog);
  vi.advanceTimersByTime(5_000);
  expect(toasts.list).toEqual([]);
});
