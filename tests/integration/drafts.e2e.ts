import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { PASSWORD } from './stack/people.ts';
import { composer, listed, message, openRoom, shows, write } from './stack/screen.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
let alice: Page;

beforeAll(async () => {
  const hostess = await stage.people.setUp('Alice');
  await hostess.createChannel('harbour', 'public', []);
  await hostess.createChannel('quay', 'public', []);
  alice = await stage.signIn('Alice');
});

async function holdsText(text: string): Promise<void> {
  await eventually(`the field holds "${text}"`, async () => (await composer(alice).inputValue()) === text);
}

/** @returns whether keys go to exactly this element. */
function isFocused(element: Locator): Promise<boolean> {
  return element.evaluate((found) => found === document.activeElement);
}

it('check 8: what is typed in one room stays there; the list shows a pencil', async () => {
  await openRoom(alice, 'harbour');
  await composer(alice).pressSequentially('half a thought');
  await openRoom(alice, 'quay');
  await holdsText('');
  await listed(alice, 'harbour').getByLabel('Draft').waitFor();
  await composer(alice).pressSequentially('another');
  await openRoom(alice, 'harbour');
  await holdsText('half a thought');
  await listed(alice, 'harbour').getByLabel('Draft').waitFor({ state: 'detached' });
  await openRoom(alice, 'quay');
  await holdsText('another');
});

it('check 8: a sent message goes to the room it was typed in, however fast one leaves it, online or not', async () => {
  await openRoom(alice, 'harbour');
  await write(alice, 'for the harbour');
  await openRoom(alice, 'quay');
  await alice.context().setOffline(true);
  await write(alice, 'for the quay');
  await openRoom(alice, 'harbour');
  await shows(alice, ['for the harbour']);
  await alice.context().setOffline(false);
  await openRoom(alice, 'quay');
  await message(alice, 'for the quay').getByLabel('Sent').waitFor();
  await shows(alice, ['for the quay']);
});

it('E3 check 8: what this device can not keep goes back into the field, and the person is told why', async () => {
  await openRoom(alice, 'harbour');
  await alice.evaluate(() => {
    IDBObjectStore.prototype.add = () => {
      throw new DOMException('The disk is full.', 'QuotaExceededError');
    };
  });
  await write(alice, 'too much for this disk');
  await holdsText('too much for this disk');
  await alice.getByText('This device could not keep the message.').waitFor();
  await alice.reload();
  await holdsText('too much for this disk');
  await composer(alice).press('Enter');
  await message(alice, 'too much for this disk').getByLabel('Sent').waitFor();
});

it('check 9: what is typed survives a reload, the end of the tab and Escape', async () => {
  await openRoom(alice, 'harbour');
  await composer(alice).fill('not finished');
  await alice.reload();
  await holdsText('not finished');
  await composer(alice).press('Escape');
  await holdsText('not finished');

  const path = new URL(alice.url()).pathname;
  const again = await alice.context().newPage();
  await alice.close();
  alice = again;
  await alice.goto(path);
  await holdsText('not finished');
});

it('check 9: a draft is seen in another tab of the same person', async () => {
  const other = await alice.context().newPage();
  await other.goto(new URL(alice.url()).pathname);
  await composer(other).fill('typed in the other tab');
  await holdsText('typed in the other tab');
  await other.close();
});

it('check 12: a begun edit is kept when the room is left, the page reloaded or Escape pressed', async () => {
  await openRoom(alice, 'quay');
  await write(alice, 'tpyo');
  await message(alice, 'tpyo').getByLabel('Sent').waitFor();
  await composer(alice).press('ArrowUp');
  const editor = alice.getByRole('textbox', { name: 'Edit message' });
  await eventually('the last message is edited', async () => (await editor.inputValue()) === 'tpyo');
  await editor.fill('typo, not y');

  await openRoom(alice, 'harbour');
  await listed(alice, 'quay').getByLabel('Draft').waitFor();
  await openRoom(alice, 'quay');
  expect(await editor.inputValue()).toBe('typo, not y');

  await alice.reload();
  await editor.waitFor();
  expect(await isFocused(editor), 'a page that loads takes nobody to an editor').toBe(false);
  await editor.press('Escape');
  await alice.getByText('Your edit is not saved.').waitFor();
  await alice.getByRole('button', { name: 'Go on editing' }).click();
  expect(await editor.inputValue()).toBe('typo, not y');
  expect(await isFocused(editor)).toBe(true);
  await editor.fill('y'.repeat(8_002));
  await alice.getByText('2 characters too many').waitFor();
  expect(await alice.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await editor.fill('typo, not y');
  await editor.press('Enter');
  await message(alice, 'typo, not y').getByText('(edited)').waitFor();
  expect(await isFocused(message(alice, 'typo, not y')), 'the keyboard stays at the message').toBe(true);
});

it('E3: where the browser lets no page store anything, that is said, with what to do, and no page is blank', async () => {
  const page = await (await stage.profile()).newPage();
  await page.addInitScript(() => {
    const refuse = (): never => {
      throw new DOMException('Storage is blocked.', 'SecurityError');
    };
    IDBFactory.prototype.open = refuse;
    Object.defineProperty(globalThis, 'localStorage', { get: refuse });
  });
  await page.goto('/app');
  await page.getByLabel('Username').fill('alice');
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Parley can’t keep anything here' }).waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Allow this site to store data').waitFor();
  await page.context().close();
});
