import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { say } from './stack/people.ts';
import { composer, listed, message, openRoom, shows } from './stack/screen.ts';
import { settledTop } from './stack/scrolling.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
let alice: Page;
let bob: ChatClient;
let harbour: ConversationId;

beforeAll(async () => {
  const hostess = await stage.people.setUp('Alice');
  bob = await stage.people.join('Bob');
  harbour = await hostess.createChannel('harbour', 'private', [bob.session.user.userId]);
  await hostess.createChannel('quay', 'private', []);
  alice = await stage.signIn('Alice');
});

it('check 11: what is typed right after the quick switcher lands in the room that it opened', async () => {
  await openRoom(alice, 'harbour');
  await composer(alice).fill('a draft that stays');
  await alice.keyboard.press('Control+k');
  await alice.getByRole('option', { name: 'quay' }).waitFor();
  await alice.keyboard.type('qu');
  await alice.keyboard.press('Enter');
  await alice.keyboard.type('typed at once');
  await alice.keyboard.press('Enter');
  await alice.getByRole('heading', { level: 1, name: 'quay' }).waitFor();
  await shows(alice, ['typed at once']);
  await openRoom(alice, 'harbour');
  expect(await composer(alice).inputValue()).toBe('a draft that stays');
  await composer(alice).fill('');
});

it('ux C26: what Bob says while she reads at the end of the room is told to whoever hears the page', async () => {
  await say(bob, harbour, 'Good morning');
  await alice.getByRole('status').filter({ hasText: 'Bob: Good morning' }).waitFor({ state: 'attached' });
});

it('C6: a jump that waits says so; whoever goes back is taken nowhere later, and nothing typed lands elsewhere', async () => {
  await alice.context().setOffline(true);
  await alice.getByText('You are offline.').waitFor();
  await alice.keyboard.press('Control+k');
  await alice.keyboard.type('Bob');
  await alice.getByRole('option', { name: 'Bob', selected: true }).waitFor();
  await alice.keyboard.press('Enter');
  await alice.keyboard.type('for Bob');
  await alice.keyboard.press('Enter');
  const jump = alice.getByRole('dialog', { name: 'Jump to' });
  const waiting = jump.getByText('Waiting for the network. Bob opens then, and gets “for Bob⏎”.');
  await waiting.waitFor();
  // Whoever wants no motion is not to see it flash up before it is late either.
  await alice.emulateMedia({ reducedMotion: 'reduce' });
  expect(await waiting.evaluate((element) => getComputedStyle(element).animationName)).toBe('late');
  await alice.emulateMedia({ reducedMotion: 'no-preference' });
  await alice.keyboard.press('Escape');
  await jump.waitFor({ state: 'detached' });
  await alice.context().setOffline(false);
  await listed(alice, 'Bob').waitFor();
  await alice.getByRole('heading', { level: 1, name: 'harbour' }).waitFor();
  expect(await composer(alice).inputValue()).toBe('');
  expect(await message(alice, 'for Bob').count()).toBe(0);
});

it('B6: in a big workspace nobody is denied before the server answers: neither where one jumps nor where one chooses', async () => {
  await stage.people.join('Zoe');
  const page = await alice.context().newPage();
  // As if all others came before Zoe: she is known to nobody who does not ask for her.
  await page.route(/\/users\?(limit|ids)=/, (route) => route.fulfill({ json: { users: [], next: null } }));
  const answer = Promise.withResolvers<undefined>();
  await page.route(/\/users\?search=/, (route) => answer.promise.then(() => route.continue()));
  await page.goto('/app');
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();

  await page.getByRole('button', { name: 'New conversation' }).first().click();
  const people = page.getByRole('dialog', { name: 'New conversation' }).getByRole('list', { name: 'People' });
  await people.getByText('Loading people…').waitFor();
  expect(await people.getByText('Nobody else').count()).toBe(0);
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('zoe');
  await page.getByText('Asking the server…').waitFor();
  answer.resolve(undefined);
  await page.getByRole('option', { name: 'Zoe' }).waitFor();
  await page.close();
});

it('check 22: that Bob types is told without moving a message, and forgotten when he falls silent', async () => {
  for (let n = 1; n <= 40; n += 1) await say(bob, harbour, `Message ${n}`);
  await message(alice, 'Message 40').waitFor();
  const before = await settledTop(alice);
  // The clock of her page goes on by itself and can be put forward.
  await alice.clock.install();
  const told = alice.getByText('Bob is typing…');
  await eventually('Bob is seen typing', () => {
    // A signal may be lost: who types on says so again.
    bob.setTyping(harbour, true);
    return told.isVisible();
  });
  expect(await settledTop(alice)).toBe(before);
  await alice.clock.fastForward(6_000);
  await told.waitFor({ state: 'hidden' });
  expect(await settledTop(alice)).toBe(before);
});

it('who is here is shown beside their name, and gone when they leave', async () => {
  await alice.getByRole('button', { name: 'Details', exact: true }).click();
  const row = alice.getByRole('complementary').getByRole('listitem').filter({ hasText: 'Bob' });
  await row.getByText(', online').waitFor({ state: 'attached' });
  await bob.close();
  await row.getByText(', online').waitFor({ state: 'detached' });
});
