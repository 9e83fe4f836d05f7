import { fileURLToPath } from 'node:url';
import { findChromium } from '@parley/servers';
import type { Stack } from '@parley/stack';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

import { parleyForFile, type Parley } from './parley.ts';
import { PASSWORD, type People } from './people.ts';
import { openRoom } from './screen.ts';

/** The built web app: this tree's, unless told otherwise. */
export const webDir = process.env.PARLEY_WEB_DIR ?? fileURLToPath(new URL('../../../apps/web/build', import.meta.url));
// A browser that speaks to nobody but the page's own server.
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];
/** How long anything may take to appear: a bound for slow machines, by which nothing is measured. */
const PATIENCE_MS = 60_000;

/** One Parley that serves the built web app, one Chromium, and the people who look at it. */
export class Stage {
  readonly #parley: Parley;
  readonly #browser: () => Browser;

  constructor(parley: Parley, browser: () => Browser) {
    this.#parley = parley;
    this.#browser = browser;
  }

  get stack(): Stack {
    return this.#parley.stack;
  }

  /** People without a browser, who write to those who have one. */
  get people(): People {
    return this.#parley.people;
  }

  /** Where people open Parley: the address that the server gives out in its invite links. */
  get origin(): string {
    return `http://localhost:${new URL(this.stack.apis[0]?.url ?? '').port}`;
  }

  /** A browser profile of its own. */
  async profile(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const size = { viewport: { width: 1440, height: 900 } };
    const context = await this.#browser().newContext({ baseURL: this.origin, ...size, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  }

  /** Somebody who has an account, signed in at `path` in a profile of their own. */
  async signIn(name: string, path = '/app', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await this.profile(options)).newPage();
    await page.goto(path);
    await page.getByLabel('Username').fill(name.toLowerCase());
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
    return page;
  }

  /** Alice and Bob, with no other device than a browser each, and a channel of both before their eyes. */
  async aliceAndBobIn(name: string): Promise<{ alice: Page; bob: Page }> {
    await this.people.aliceAndBobIn(name);
    await this.people.close();
    const [alice, bob] = [await this.signIn('Alice'), await this.signIn('Bob')];
    for (const page of [alice, bob]) await openRoom(page, name);
    return { alice, bob };
  }
}

/**
 * A stage for all tests of a file: up before the first of them, gone after the last.
 * @param web the built app to serve.
 * @param env more environment, for all processes.
 */
export function stageForFile(web = (): string => webDir, env: Readonly<Record<string, string>> = {}): Stage {
  const parley = parleyForFile(() => ({ webDir: web(), env }));
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findChromium(), args: flags, timeout: 120_000 });
  });
  afterAll(() => browser?.close());
  return new Stage(parley, () => {
    if (!browser) throw new Error('The browser runs only while the tests of its file do: use it inside of one.');
    return browser;
  });
}
