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

/** @returns what the first row in view says and where its top is, in pixels, once it has stood still for ten frames. */
export function settledRow(page: Page): Promise<{ text: string; top: number }> {
  return page.locator('.log').evaluate(async (log) => {
    const inView = (): { text: string; top: number } => {
      const edge = log.getBoundingClientRect().top;
      const row = [...log.querySelectorAll('article')].find((one) => one.getBoundingClientRect().bottom > edge);
      return { text: row?.textContent ?? '', top: row?.getBoundingClientRect().top ?? NaN };
    };
    let last = inView();
    for (let still = 0; still < 10; still += 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = inView();
      if (now.top !== last.top) still = 0;
      last = now;
    }
    return last;
  });
}

/** @returns the top of the first row in view, in pixels, once it has stood still for ten frames. */
export async function settledTop(page: Page): Promise<number> {
  return (await settledRow(page)).top;
}

/**
 * Scrolls close to the top as often as `pages` says and watches, frame by frame, the lower edge of the first row in view
 * while older messages come in above it: its name may go to the row that comes before it.
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
      const bottom = row?.getBoundingClientRect().bottom ?? NaN;
      // Thirty more frames after the rows came: what settles late counts too.
      for (let left = Infinity; left > 0; left -= 1) {
        await frame();
        if (left === Infinity && firstKey() !== oldest) left = 30;
        pixels = Math.max(pixels, Math.abs((row?.getBoundingClientRect().bottom ?? NaN) - bottom));
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
    const bottomOf = (row: Element | undefined): number => row?.getBoundingClientRect().bottom ?? NaN;
    const times: number[] = [];
    let [drift, moved, mostRows, last] = [0, 0, 0, await frame()];
    while (times.length < frames || moved < pixels) {
      const row = inView();
      const before = bottomOf(row);
      const from = log.scrollTop;
      log.scrollTop -= step;
      const by = from - log.scrollTop;
      const now = await frame();
      times.push(now - last);
      [last, moved] = [now, moved + by];
      if (row?.isConnected === true) drift = Math.max(drift, Math.abs(bottomOf(row) - before - by));
      mostRows = Math.max(mostRows, log.querySelectorAll('[data-key]').length);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? NaN;
    const slowest = Math.round(times.at(-1) ?? NaN);
    return { frames: times.length, medianFps: Math.round(1_000 / median), slowest, drift, moved, mostRows };
  }, way);
}

/** What was seen while one scrolled from one end to the other. */
export interface Passage {
  /** The number in the text of each message that came into view, in the order in which they did. */
  readonly numbers: number[];
  /** By how many pixels a row in view was at most elsewhere than the scrolling alone put it. */
  readonly drift: number;
  /** How often two rows in the page were the same message. */
  readonly doubles: number;
  readonly ms: number;
  /** Milliseconds between two frames, by the browser's own times, growing. */
  readonly frames: number[];
}

/**
 * Scrolls by `step` pixels a frame (up where negative) until a message whose text matches is in view; where rows are not
 * there yet one waits for them. A message is noted when it comes into view for the first time.
 */
export function rideThrough(page: Page, way: { step: number; until: string }): Promise<Passage> {
  return page.locator('.log').evaluate(async (log, { step, until }) => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    const end = new RegExp(until);
    const bottomOf = (row: Element | undefined): number => row?.getBoundingClientRect().bottom ?? NaN;
    /** Looks at few rows only: what is measured is the page, not this. */
    const inView = (rows: HTMLElement[]): HTMLElement[] => {
      const { top, bottom } = log.getBoundingClientRect();
      let [low, high] = [0, rows.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (bottomOf(rows[middle]) <= top) low = middle + 1;
        else high = middle;
      }
      const rest = rows.slice(low, low + 100);
      const below = rest.findIndex((row) => row.getBoundingClientRect().top >= bottom);
      return below < 0 ? rest : rest.slice(0, below);
    };
    const seen = new Map<string, number>();
    const frames: number[] = [];
    let [drift, doubles, done, edge] = [0, 0, false, ''];
    const began = await frame();
    for (let last = began; !done;) {
      const rows = [...log.querySelectorAll<HTMLElement>('[data-row]')];
      const visible = inView(rows);
      for (const row of step < 0 ? visible.toReversed() : visible) {
        const text = row.querySelector('.text')?.textContent ?? '';
        const number = /\d+/.exec(text)?.[0];
        const key = row.dataset.key ?? '';
        if (number !== undefined && !seen.has(key)) seen.set(key, Number(number));
        done ||= end.test(text);
      }
      if (edge !== `${rows[0]?.dataset.key} ${rows.at(-1)?.dataset.key}`) {
        edge = `${rows[0]?.dataset.key} ${rows.at(-1)?.dataset.key}`;
        doubles += rows.length - new Set(rows.map((row) => row.dataset.key)).size;
      }
      const [watched] = visible;
      const before = bottomOf(watched);
      const from = log.scrollTop;
      log.scrollTop += step;
      const by = log.scrollTop - from;
      const now = await frame();
      frames.push(now - last);
      last = now;
      if (watched?.isConnected === true) drift = Math.max(drift, Math.abs(bottomOf(watched) - before + by));
    }
    const ms = Math.round(performance.now() - began);
    return { numbers: [...seen.values()], drift, doubles, ms, frames: frames.sort((a, b) => a - b) };
  }, way);
}
