import type { ConversationId } from '@parley/events';
import type { Browser, Page } from 'playwright-core';

const PASSWORD = 'a long password';

/** Somebody who looks at a conversation in a real browser, and when each message was on the screen. */
export class BrowserReader {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  /** Signs in and opens the conversation. */
  static async open(
    browser: Browser,
    url: string,
    username: string,
    conversationId: ConversationId,
  ): Promise<BrowserReader> {
    const page = await browser.newPage({ baseURL: url.replace('127.0.0.1', 'localhost') });
    await page.goto(`/c/${conversationId}`);
    await page.getByLabel('Username').fill(username);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
    await page.getByRole('heading', { level: 1, name: 'bench', exact: true }).waitFor();
    await page.evaluate(noteTexts);
    return new BrowserReader(page);
  }

  /**
   * Waits until so many messages are on the screen.
   * @returns when each text was there for the first time, in milliseconds since 1970.
   */
  async shownAt(messages: number): Promise<Map<string, number>> {
    await this.#page.waitForFunction((wanted) => shown().size >= wanted, messages);
    return new Map(await this.#page.evaluate(() => [...shown()]));
  }
}

declare function shown(): Map<string, number>;

/** Runs in the page: looks after each change of the document, in the frame that paints it. */
function noteTexts(): void {
  const seen = new Map<string, number>();
  Object.assign(globalThis, { shown: () => seen });
  const note = (): void => {
    for (const each of document.querySelectorAll('article .text')) {
      const text = each.textContent.trim();
      if (!seen.has(text)) seen.set(text, performance.timeOrigin + performance.now());
    }
  };
  new MutationObserver(() => requestAnimationFrame(note)).observe(document.body, { childList: true, subtree: true });
}
