import type { ConversationId } from '@parley/events';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { composer, message, openRoom, shows, textsOn, write } from './stack/screen.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
let alice: Page;
let bob: Page;
let room = 0;
let newRoom: () => Promise<ConversationId>;

beforeAll(async () => {
  const [hostess, guest] = [await stage.people.setUp('Alice'), await stage.people.join('Bob')];
  // Bob's device without a browser would take what his browser is to take.
  await guest.close();
  newRoom = () => hostess.createChannel(`room-${(room += 1)}`, 'private', [guest.session.user.userId]);
  alice = await stage.signIn('Alice');
  bob = await stage.signIn('Bob');
});

// A room of its own for each test, open on both sides.
beforeEach(async () => {
  await newRoom();
  await openRoom(alice, `room-${room}`);
  await openRoom(bob, `room-${room}`);
});

it('check 4: a message is there at once; its tick says sent, then read when Bob has it before his eyes', async () => {
  await bob.context().setOffline(true);
  await bob.getByText('You are offline.').waitFor();
  await write(alice, 'on its way');
  await message(alice, 'on its way').getByLabel('Sent').waitFor();
  await bob.context().setOffline(false);
  await message(bob, 'on its way').waitFor();
  await message(alice, 'on its way').getByLabel('Read').waitFor();
});

it('check 4: the tick says delivered while Bob has it and looks elsewhere', async () => {
  await bob.getByRole('link', { name: 'Conversations' }).click();
  await bob.getByRole('heading', { name: 'You are all caught up' }).waitFor();
  await write(alice, 'for later');
  await message(alice, 'for later').getByLabel('Delivered').waitFor();
  await openRoom(bob, `room-${room}`);
  await message(alice, 'for later').getByLabel('Read').waitFor();
});

it('check 5: what was sent while Bob was offline arrives in order, once each', async () => {
  await bob.context().setOffline(true);
  await bob.getByText('You are offline.').waitFor();
  for (const text of ['one', 'two', 'three']) await write(alice, text);
  await message(alice, 'three').getByLabel('Sent').waitFor();
  expect(await textsOn(bob)).toEqual([]);
  await bob.context().setOffline(false);
  await shows(bob, ['one', 'two', 'three']);
  await bob.getByText('You are offline.').waitFor({ state: 'hidden' });
});

it('check 7: with the server gone a bar counts down; it goes by itself when the server is back, without a reload', async () => {
  const api = stage.stack.apis[0]?.process;
  await alice.evaluate(() => (document.body.dataset.same = 'page'));
  await api?.kill('SIGKILL');
  await write(alice, 'into the void');
  await alice.getByText(/Trying again in \d+ s\./).waitFor();
  await message(alice, 'into the void').getByText('Waiting').waitFor();

  await api?.start();
  await message(alice, 'into the void')
    .getByLabel(/Sent|Delivered|Read/)
    .waitFor();
  await alice.getByText(/Trying again in/).waitFor({ state: 'hidden' });
  await shows(bob, ['into the void']);
  expect(await alice.evaluate(() => document.body.dataset.same)).toBe('page');
  expect(await composer(alice).isEnabled()).toBe(true);
});

it('both write at once: each side shows the same order', async () => {
  for (let n = 1; n <= 10; n += 1) await Promise.all([write(alice, `Alice ${n}`), write(bob, `Bob ${n}`)]);
  await eventually('all is sent', async () => (await textsOn(bob)).length === 20);
  await eventually('both agree', async () => String(await textsOn(alice)) === String(await textsOn(bob)));
  const mine = (await textsOn(alice)).filter((text) => text.startsWith('Alice'));
  expect(mine).toEqual(Array.from({ length: 10 }, (_, n) => `Alice ${n + 1}`));
});
