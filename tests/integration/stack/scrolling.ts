import type { Locator, Page } from 'playwright-core';

/** @returns where a row is, seen from the pane in which one reads. */
export function placeOf(row: Locator): Promise<'above' | 'visible' | 'below'> {
  return row.evaluate((element) => {
    const pane = element.closest('.log')?.getBoundingClientRect();
    const own = element.getBoundingClientRect();
    if (!pane || own.bottom <= pane.top) return 'above';
    return own.top >= pane.bottom ? 'below' : 'visible';
  });
}

/** Scrolls the open conversation to a part of its height, 0 being the top. */
export async function scrollTo(page: Page, part: number): Promise<void> {
  await page.locator('.log').evaluate((log, part) => {
    log.scrollTop = part * (log.scrollHeight - log.clientHeight);
  }, part);
}

/** Presses the pill that goes to the newest message, if one is not there. */
export async function toTheEnd(page: Page): Promise<void> {
  await page.getByRole('article').first().waitFor();
  await page.getByRole('textbox', { name: /^Message / }).press('Escape');
}

/** @returns the top of the first row in view, in pixels, once it has stood still for ten frames. */
export function settledTop(page: Page): Promise<number> {
  return page.locator('.log').evaluate(async (log) => {
    const top = (): number => {
      const edge = log.getBoundingClientRect().top;
      const row = [...log.querySelectorAll('article')].find((one) => one.getBoundingClientRect().bottom > edge);
      return row?.getBoundingClientRect().top ?? NaN;
    };
    let last = NaN;
    for (let still = 0; still < 10; still += 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (top() !== last) still = 0;
      last = top();
    }
    return last;
  });
}

/**
 * Scrolls close to the top as often as `pages` says and watches, frame by frame, the first row in view while older
 * messages come in above it.
 * @returns by how many pixels it moved at most, and how many times rows came in.
 */
export function driftWhilePaging(page: Page, pages: number): Promise<{ pages: number; pixels: number }> {
  return page.locator('.log').evaluate(async (log, pages) => {
    const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
    const firstKey = (): string | undefined => log.querySelector<HTMLElement>('[data-row]')?.dataset.key;
    const inView = (): Element | undefined => {
      const edge = log.getBoundingClientRect().top;
      return [...log.querySelectorAll('[data-row]')].find((row) => row.getBoundingClientRect().bottom > edge);
    };
    let pixels = 0;
    let came = 0;
    for (; came < pages; came += 1) {
      const oldest = firstKey();
      log.scrollTop = 30;
      const row = inView();
      const top = row?.getBoundingClientRect().top ?? NaN;
      // Thirty more frames after the rows came: what settles late counts too.
      for (let left = Infinity; left > 0; left -= 1) {
        await frame();
        if (left === Infinity && firstKey() !== oldest) left = 30;
        pixels = Math.max(pixels, Math.abs((row?.getBoundingClientRect().top ?? NaN) - top));
      }
    }
    return { pages: came, pixels };
  }, pages);
}

/** What was seen while one scrolled up. */
export interface Ride {
  readonly frames: number;
  /** By the browser's own times of its frames. */
  readonly medianFps: number;
  /** The longest time between two frames, in milliseconds. */
  readonly slowest: number;
  /** By how many pixels a row in view was at most elsewhere than the scrolling alone put it. */
  readonly drift: number;
  /** How many pixels were scrolled. */
  readonly moved: number;
  /** How many rows were in the page at most. */
  readonly mostRows: number;
}

/** Scrolls up by `step` pixels a frame, for so many frames and pixels at least; at the top one waits for older messages. */
export function rideUp(page: Page, way: { frames: number; pixels: number; step: number }): Promise<Ride> {
  return page.locator('.log').evaluate(async (log, { frames, pixels, step }) => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    const inView = (): Element | undefined => {
      const edge = log.getBoundingClientRect().top;
      return [...log.querySelectorAll('[data-row]')].find((row) => row.getBoundingClientRect().bottom > edge);
    };
    const topOf = (row: Element | undefined): number => row?.getBoundingClientRect().top ?? NaN;
    const times: number[] = [];
    let [drift, moved, mostRows, last] = [0, 0, 0, await frame()];
    while (times.length < frames || moved < pixels) {
      const row = inView();
      const before = topOf(row);
      const from = log.scrollTop;
      log.scrollTop -= step;
      const by = from - log.scrollTop;
      const now = await frame();
      times.push(now - last);
      [last, moved] = [now, moved + by];
      if (row?.isConnected === true) drift = Math.max(drift, Math.abs(topOf(row) - before - by));
      mostRows = Math.max(mostRows, log.querySelectorAll('[data-key]').length);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? NaN;
    const slowest = Math.round(times.at(-1) ?? NaN);
    return { frames: times.length, medianFps: Math.round(1_000 / median), slowest, drift, moved, mostRows };
  }, way);
}
