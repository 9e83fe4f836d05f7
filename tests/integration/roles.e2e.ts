import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { listed, openRoom } from './stack/screen.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
let alice: Page;
let bob: Page;

beforeAll(async () => {
  const hostess = await stage.people.setUp('Alice');
  const guests = [await stage.people.join('Bob'), await stage.people.join('Carol')];
  await hostess.createChannel(
    'harbour',
    'private',
    guests.map(({ session }) => session.user.userId),
  );
  [alice, bob] = [await stage.signIn('Alice'), await stage.signIn('Bob')];
  for (const page of [alice, bob]) {
    await openRoom(page, 'harbour');
    await page.getByRole('button', { name: 'Details', exact: true }).click();
    await member(page, 'Carol').waitFor();
  }
});

const aside = (page: Page): Locator => page.getByRole('complementary', { name: 'Details' });
const member = (page: Page, name: string): Locator => aside(page).getByRole('listitem').filter({ hasText: name });
const roleOf = (page: Page, name: string): Locator => aside(page).getByRole('combobox', { name: `Role of ${name}` });

it('decision 7: a member sees who has which role, and can change and remove nobody', async () => {
  await member(bob, 'Alice').getByText('owner').waitFor();
  expect(await aside(bob).getByRole('combobox').count()).toBe(0);
  expect(
    await aside(bob)
      .getByRole('button', { name: /^Remove/ })
      .count(),
  ).toBe(0);
});

it('decision 7: an owner makes a member a moderator, who may remove members but no owner, and back', async () => {
  await roleOf(alice, 'Bob').selectOption('moderator');
  for (const page of [alice, bob]) await page.getByText('Alice made Bob a moderator').waitFor();
  await bob.getByRole('button', { name: 'Remove Carol' }).waitFor();
  expect(await bob.getByRole('button', { name: 'Remove Alice' }).count()).toBe(0);
  expect(await aside(bob).getByRole('combobox').count()).toBe(0);

  await roleOf(alice, 'Bob').and(alice.locator(':has(option:checked[value="moderator"])')).waitFor();
  await roleOf(alice, 'Bob').selectOption('member');
  for (const page of [alice, bob]) await page.getByText('Alice made Bob a member').waitFor();
  await bob.getByRole('button', { name: 'Remove Carol' }).waitFor({ state: 'detached' });
});

it('decision 7: the only owner is told why the role stays, and what to do', async () => {
  await roleOf(alice, 'Alice').selectOption('member');
  await aside(alice).getByRole('alert').getByText('You are the only owner').waitFor();
  await roleOf(alice, 'Alice').and(alice.locator(':has(option:checked[value="owner"])')).waitFor();
});

/** Holds back the server's answers to a page, from its next load on, as long as it is told to. @returns how to tell it. */
async function answersOf(page: Page): Promise<{ hold: () => void; release: () => void }> {
  const { promise: released, resolve } = Promise.withResolvers<boolean>();
  let held = false;
  await page.routeWebSocket(/\/socket\.io\//, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      // Packet 4 is a message, and 3 of these answers a request.
      if (held && frame.toString().startsWith('43')) void released.then(() => socket.send(frame));
      else socket.send(frame);
    });
  });
  return { hold: () => (held = true), release: () => resolve((held = false)) };
}

it('whoever leaves a conversation is led to their own, also where the answer comes after it is gone', async () => {
  const answers = await answersOf(bob);
  await bob.reload();
  await bob.getByRole('button', { name: 'Details', exact: true }).click();
  await member(bob, 'Carol').waitFor();
  answers.hold();
  await aside(bob)
    .getByRole('button', { name: /^Leave/ })
    .click();
  await bob
    .getByRole('dialog', { name: /^Leave/ })
    .getByRole('button', { name: 'Leave', exact: true })
    .click();
  await listed(bob, 'harbour').waitFor({ state: 'detached' });
  answers.release();
  await bob.waitForURL('**/app');
});

it('Enter in the search for people only searches: no channel is made without them', async () => {
  await alice.getByRole('button', { name: 'New conversation' }).first().click();
  const dialog = alice.getByRole('dialog', { name: 'New conversation' });
  await dialog.getByLabel('Name').fill('quay');
  await dialog.getByRole('searchbox', { name: 'Search people' }).fill('carol');
  await dialog.getByRole('searchbox', { name: 'Search people' }).press('Enter');
  await dialog.getByRole('button', { name: /Carol/ }).click();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await alice.getByRole('heading', { level: 1, name: 'quay' }).waitFor();
  await alice.getByRole('button', { name: 'Details', exact: true }).click();
  await member(alice, 'Carol').waitFor();
});
