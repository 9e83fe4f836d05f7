import type { Locator, Page } from 'playwright-core';

import { eventually } from './eventually.ts';

/** The field in which one writes, of whatever conversation is open. */
export function composer(page: Page): Locator {
  return page.getByRole('textbox', { name: /^Message / });
}

/** A conversation's row in the list. */
export function listed(page: Page, title: string): Locator {
  return page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').filter({ hasText: title });
}

/** A message in the open conversation, by what it says. */
export function message(page: Page, text: string | RegExp): Locator {
  return page.getByRole('article').filter({ hasText: text });
}

/** Opens a conversation from the list. */
export async function openRoom(page: Page, title: string): Promise<void> {
  await listed(page, title).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

/** Types a message of one line key by key, as a person does, in place of any draft, and sends it by Enter. */
export async function write(page: Page, text: string): Promise<void> {
  await composer(page).clear();
  await composer(page).pressSequentially(text);
  await composer(page).press('Enter');
}

/** @returns the texts of the shown messages, from top to bottom. */
export async function textsOn(page: Page): Promise<string[]> {
  const texts = await page.locator('article .text').allTextContents();
  return texts.map((text) => text.trim());
}

/** Resolves when a page shows exactly these messages, in this order. */
export async function shows(page: Page, texts: readonly string[]): Promise<void> {
  const wanted = JSON.stringify(texts);
  await eventually(`the page shows ${wanted}`, async () => JSON.stringify(await textsOn(page)) === wanted).catch(
    async (error: unknown) => {
      throw new Error(`${String(error)}; it shows ${JSON.stringify(await textsOn(page))}`);
    },
  );
}
