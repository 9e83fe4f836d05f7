import type { Attachment } from 'svelte/attachments';

const LONG_MS = 450;
const STILL_PX = 10;

/** Calls back when a finger rests on the element; a scroll or a tap is none. */
export function longPress(callback: () => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let [x, y] = [0, 0];
    const stop = (): void => clearTimeout(timer);
    const start = (event: PointerEvent): void => {
      stop();
      if (event.pointerType === 'mouse') return;
      [x, y] = [event.clientX, event.clientY];
      timer = setTimeout(callback, LONG_MS);
    };
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - x, event.clientY - y) > STILL_PX) stop();
    };
    element.addEventListener('pointerdown', start);
    element.addEventListener('pointermove', move);
    for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const) element.addEventListener(end, stop);
    return () => {
      stop();
      element.removeEventListener('pointerdown', start);
      element.removeEventListener('pointermove', move);
      for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const) element.removeEventListener(end, stop);
    };
  };
}
