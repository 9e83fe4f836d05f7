import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { harbourWorks, type Harbour } from './stack/harbour.ts';
import { inspect, lookOf, looks } from './stack/inspect.ts';
import { composer, message, write } from './stack/screen.ts';
import { scriptWeight } from './stack/script-weight.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
let harbour: Harbour;

beforeAll(async () => {
  harbour = await harbourWorks(stage.people);
});

async function open(page: Page, button: string, name: string, shown: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).filter({ visible: true }).first().click();
  await page.getByRole('dialog').getByText(shown).first().waitFor();
  await inspect(page, name);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

it.each(looks)(
  'checks 36, 37: no screen on a %s in %s has a serious fault or a target under 24 px',
  async (device, theme) => {
    const look = `${device}-${theme}`;
    const page = await stage.signIn('Alice', '/app', lookOf(device, theme));
    const list = page.getByRole('navigation', { name: 'Conversations' });
    await list.getByRole('link').filter({ hasText: 'crane-schedule' }).waitFor();
    await inspect(page, `${look}-list`);
    await page.context().setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await page.getByText(/^As of \d/).waitFor();
    await inspect(page, `${look}-list-offline`);
    await page.context().setOffline(false);
    await page.getByText('You are offline.').waitFor({ state: 'detached' });
    await open(page, 'New conversation', `${look}-new`, 'Public');
    await open(page, 'Browse channels', `${look}-browse`, 'announcements');
    await open(page, 'Invite people', `${look}-invite`, 'Good for');

    await page.goto(`/c/${harbour.finance}`);
    await composer(page).waitFor();
    await inspect(page, `${look}-empty`);
    await page.goto(`/c/${harbour.launch}`);
    await message(page, 'none lost').waitFor();
    await eventually('Bob is seen typing', () => {
      // A signal may be lost: who types on says so again.
      harbour.bob.setTyping(harbour.launch, true);
      return page.getByText('Bob is typing…').isVisible();
    });
    await inspect(page, `${look}-timeline`);
    await page.goto(`/c/${harbour.launch}?at=${harbour.numbers}`);
    await page.locator('article[aria-current="true"]').waitFor();
    await inspect(page, `${look}-linked`);
    await open(page, 'Today', `${look}-date`, 'Go there');
    await page.getByRole('button', { name: 'Details', exact: true }).click();
    await page.getByRole('complementary').getByText('Carol').waitFor();
    await inspect(page, `${look}-details`);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    await inspect(page, `${look}-switcher`);
    await page.keyboard.press('Escape');
    await page.context().setOffline(true);
    await write(page, 'I am on the quay with a weak signal, ring me if it jumps.');
    await page.getByText('You are offline.').waitFor();
    await inspect(page, `${look}-offline`);
    await page.context().close();
  },
);

it('check 37: at 320 px the composer is in view', async () => {
  const page = await stage.signIn('Alice', '/app', lookOf('narrow', 'light'));
  await page.goto(`/c/${harbour.launch}`);
  await message(page, 'none lost').waitFor();
  const box = await composer(page).boundingBox();
  expect(box && box.y + box.height).toBeLessThanOrEqual(640);
  expect(box && box.x + box.width).toBeLessThanOrEqual(320);
  await page.context().close();
});

it('a part of the app that does not come says so, can be closed on a phone, and offers to load the app again', async () => {
  const page = await stage.signIn('Alice', '/app', { ...lookOf('phone', 'light'), serviceWorkers: 'block' });
  await page.goto(`/c/${harbour.launch}`);
  await message(page, 'none lost').waitFor();
  await page.route('**/_app/immutable/**', (route) => route.abort());
  await page.getByRole('button', { name: 'Details', exact: true }).click();
  const told = page.getByRole('dialog', { name: 'Not loaded' });
  await told.getByRole('button', { name: 'Load again' }).waitFor();
  await inspect(page, 'phone-light-not-loaded');
  await told.getByRole('button', { name: 'Close' }).click();
  await told.waitFor({ state: 'detached' });
  await composer(page).waitFor();
  await page.context().close();
});

it('an open conversation has loaded at most 180 kB of scripts, compressed', async () => {
  const page = await stage.signIn('Alice', `/c/${harbour.launch}`);
  await message(page, 'none lost').waitFor();
  const bytes = await scriptWeight(page);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(180_000);
  await page.context().close();
});
