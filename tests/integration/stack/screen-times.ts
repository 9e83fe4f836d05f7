import type { Page } from 'playwright-core';

/** Notes from now on when each text of a message is on the screen for the first time. */
export async function noteTexts(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = new Map<string, number>();
    Object.assign(globalThis, { seen });
    new MutationObserver(() => {
      for (const each of document.querySelectorAll('article .text')) {
        const text = each.textContent.trim();
        if (!seen.has(text)) seen.set(text, performance.timeOrigin + performance.now());
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}

/** @returns the noted texts in the order in which they came, each with its time in milliseconds since 1970. */
export async function notedTexts(page: Page): Promise<Map<string, number>> {
  const noted = await page.evaluate(() => [...(globalThis as unknown as { seen: Map<string, number> }).seen.entries()]);
  return new Map(noted);
}

/** Says how long it took from the append to the screen. */
export function tellPace(whose: string, waits: readonly number[]): void {
  const sorted = [...waits].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(0);
  console.info(`A6: from the append to the screen of ${whose}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (goal: 250 ms)`);
}
