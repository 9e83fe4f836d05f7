import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { focusStop, type FocusStop } from './stack/focus-stop.ts';
import { say } from './stack/people.ts';
import { composer, message, openRoom, write } from './stack/screen.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
const REGIONS = ['Details', 'Workspace', 'Conversations', 'Messages in #harbour', 'Write a message'];

beforeAll(async () => {
  const hostess = await stage.people.setUp('Alice');
  const harbour = await hostess.createChannel('harbour', 'public', []);
  // A block that is wholly in view and one that scrolls, before what is written later.
  for (const line of ['short', 'long '.repeat(200)]) await say(hostess, harbour, `\`\`\`\n${line}\n\`\`\``);
});

/** Alice in a room with two messages and everything open that can be. */
async function everything(options: Parameters<typeof stage.signIn>[2] = {}): Promise<Page> {
  const page = await stage.signIn('Alice', '/app', options);
  await openRoom(page, 'harbour');
  await write(page, 'a message');
  await message(page, 'a message').first().waitFor();
  await page.getByRole('button', { name: 'Details', exact: true }).click();
  await page.getByRole('complementary').getByText('Alice').waitFor();
  await composer(page).focus();
  return page;
}

/** @returns which of the stops one does not see. */
function unseen(stops: readonly (FocusStop | null)[]): string[] {
  return stops.flatMap((stop) => (stop?.visible === true ? [] : [stop?.id ?? 'nothing']));
}

/** @returns all stops of the Tab key from the composer on, until it comes back there. */
async function tour(page: Page): Promise<FocusStop[]> {
  const stops: FocusStop[] = [];
  const first = await focusStop(page);
  for (let presses = 0; presses < 150; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await focusStop(page);
    if (stop) stops.push(stop);
    if (stop && stop.id === first?.id) return stops;
  }
  throw new Error(`the keyboard never came back; it was at ${stops.map(({ id }) => id).join(' | ')}`);
}

it('check 36: Ctrl+F6 goes through all parts of the page, with Shift the other way, and one sees where one is', async () => {
  const page = await everything();
  for (const [key, parts] of [
    ['Control+F6', REGIONS],
    ['Control+Shift+F6', [...REGIONS.slice(0, -1).reverse(), 'Write a message']],
  ] as const) {
    const seen: (FocusStop | null)[] = [];
    while (seen.length < parts.length) {
      await page.keyboard.press(key);
      seen.push(await focusStop(page));
    }
    expect(seen.map((stop) => stop?.region)).toEqual(parts);
    expect(unseen(seen)).toEqual([]);
  }
  await page.getByRole('button', { name: 'Close details' }).focus();
  await page.keyboard.press('Control+.');
  await page.getByRole('complementary').waitFor({ state: 'detached' });
  expect((await focusStop(page))?.region, 'who closes the details from inside goes on writing').toBe('Write a message');
  const isLeft = await page.evaluate(() =>
    document.body.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'PageUp', shiftKey: true, bubbles: true, cancelable: true }),
    ),
  );
  expect(isLeft, 'with nothing unread, Shift+PageUp is the browser’s').toBe(true);
  await page.context().close();
});

it('check 36: one lands on the message where one was, also past blocks of code; Tab stops at those that scroll alone', async () => {
  const page = await everything();
  await message(page, 'long long').locator('pre[tabindex="0"]').waitFor();
  expect(await message(page, 'short').locator('pre[tabindex]').count()).toBe(0);
  await composer(page).press('Control+Shift+F6');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/a message/);
  await page.context().close();
});

it('check 36: Tab reaches every part of the page, is never caught, and always shows where it is', async () => {
  const page = await everything();
  const stops = await tour(page);
  expect([...new Set(stops.map(({ region }) => region))]).toEqual(expect.arrayContaining(REGIONS));
  expect(unseen(stops)).toEqual([]);
  await page.context().close();
});

it('check 38: in forced colours every icon and every place of the focus can be seen', async () => {
  const page = await everything({ forcedColors: 'active' });
  expect(await page.evaluate(() => matchMedia('(forced-colors: active)').matches)).toBe(true);
  const stops = await tour(page);
  expect(unseen(stops)).toEqual([]);
  const icons = await page.evaluate(() => {
    const isOpaque = (element: Element): boolean =>
      !/, 0\)|transparent/.test(getComputedStyle(element).backgroundColor);
    return [...document.querySelectorAll('svg.lucide')].flatMap((icon) => {
      let behind: Element | null = icon.parentElement;
      while (behind && !isOpaque(behind)) behind = behind.parentElement;
      const ground = behind ? getComputedStyle(behind).backgroundColor : '';
      return getComputedStyle(icon).stroke === ground ? [icon.outerHTML.slice(0, 60)] : [];
    });
  });
  expect(icons).toEqual([]);
  await page.context().close();
});

it('check 38: a chosen theme is there before the first paint, whatever the system says', async () => {
  const page = await stage.signIn('Alice', '/app', { colorScheme: 'light' });
  await page
    .getByRole('button', { name: /^Theme/ })
    .filter({ visible: true })
    .click();
  await page.getByRole('button', { name: 'Theme: light. Change it' }).filter({ visible: true }).click();
  await page.getByRole('button', { name: 'Theme: dark. Change it' }).filter({ visible: true }).waitFor();
  // Told at every frame from the very first on.
  await page.addInitScript(() => {
    const themes = new Set<string>();
    Object.assign(globalThis, { themes });
    const look = (): void => {
      const body = document.querySelector('body');
      if (body) themes.add(`${document.documentElement.dataset.theme} on ${getComputedStyle(body).backgroundColor}`);
      requestAnimationFrame(look);
    };
    look();
  });
  await page.reload();
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
  const seen = await page.evaluate(() => [...(globalThis as unknown as { themes: Set<string> }).themes]);
  expect(seen).toEqual([expect.stringMatching(/^dark on /)]);
  await page.context().close();
});
