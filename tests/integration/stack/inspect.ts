import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Where pictures of the inspected screens go; none are made without it. */
const pictures = process.env.PARLEY_SCREENSHOTS;

const devices = {
  phone: { width: 360, height: 780 },
  desktop: { width: 1440, height: 900 },
  narrow: { width: 320, height: 640 },
};

/** Every device, the common ones in both themes. */
export const looks = [
  ['desktop', 'light'],
  ['desktop', 'dark'],
  ['phone', 'light'],
  ['phone', 'dark'],
  ['narrow', 'light'],
] as const;

/** @returns the profile of a browser on such a device. */
export function lookOf(device: keyof typeof devices, colorScheme: 'light' | 'dark'): BrowserContextOptions {
  return { viewport: devices[device], colorScheme, deviceScaleFactor: 1, reducedMotion: 'reduce' };
}

/** What axe calls serious or critical, as `rule: where`. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const found = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      resultTypes: ['violations'],
    });
    return found.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${String(node.target)}`));
  });
}

/** What is to be pressed and is less than 24 px wide or high; links within a sentence are as high as its line. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const pressable = 'a[href], button, input, select, textarea, [role="option"]';
    return [...document.querySelectorAll<HTMLElement>(pressable)].flatMap((element) => {
      const target = element.closest('label') ?? element;
      const { width, height, bottom, right } = target.getBoundingClientRect();
      const isInSentence = element.matches('a') && getComputedStyle(element).display === 'inline';
      const isShown = element.checkVisibility({ opacityProperty: true }) && bottom > 0 && right > 0;
      if (!isShown || isInSentence || (width >= 24 && height >= 24)) return [];
      return [`${element.outerHTML.slice(0, 80)} is ${width} x ${height}`];
    });
  });
}

/**
 * Expects no serious fault, no target under 24 px and nothing that scrolls sideways on the present screen, and takes its
 * picture.
 */
export async function inspect(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  if (pictures !== undefined) {
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
  }
  expect(await violations(page), name).toEqual([]);
  expect(await smallTargets(page), name).toEqual([]);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over, `${name} does not scroll sideways`).toBeLessThanOrEqual(0);
}
