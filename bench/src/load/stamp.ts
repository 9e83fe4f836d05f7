import { performance } from 'node:perf_hooks';

/**
 * Each text begins with the sender's node and the time of sending, so that a receiver can tell how long it took from
 * the raw frame alone, whatever lies around the text.
 */
const mark = '@@';
const filler = 'x'.repeat(210);

/** @returns a text of about 230 characters. */
export function stampedText(node: 0 | 1): string {
  return `${mark}${node}${performance.now().toFixed(3)};${filler}`;
}

/** Calls `found` for each stamped text in a frame, with the sender's node and the milliseconds since it was sent. */
export function readStamps(frame: string, found: (node: number, milliseconds: number) => void): void {
  const now = performance.now();
  for (let at = frame.indexOf(mark); at >= 0; at = frame.indexOf(mark, at + filler.length)) {
    const sent = Number.parseFloat(frame.slice(at + mark.length + 1, at + mark.length + 20));
    found(frame.charCodeAt(at + mark.length) - 48, now - sent);
  }
}
