import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';

/** @returns the scripts that a page has loaded, in bytes as gzip makes them. */
export async function scriptWeight(page: Page): Promise<number> {
  const addresses = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .flatMap(({ name }) => (new URL(name).pathname.endsWith('.js') ? [name] : [])),
  );
  const scripts = await Promise.all([...new Set(addresses)].map(async (url) => (await fetch(url)).arrayBuffer()));
  return scripts.reduce((sum, script) => sum + gzipSync(new Uint8Array(script)).length, 0);
}
