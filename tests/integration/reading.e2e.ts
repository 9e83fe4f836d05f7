import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { unlimited } from '@parley/stack';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { numbered, seed } from './stack/seeding.ts';
import { listed, message, openRoom, write } from './stack/screen.ts';
import { stageForFile } from './stack/stage.ts';
import {
  driftWhilePaging,
  placeOf,
  rideThrough,
  rideUp,
  scrollTo,
  settledRow,
  settledTop,
  toTheEnd,
} from './stack/scrolling.ts';

const LONG = 10_000;

const stage = stageForFile(undefined, unlimited);
let alice: Page;
let bob: ChatClient;
let long: ConversationId;
let fresh: ConversationId;

async function says(conversationId: ConversationId, what: string, count: number): Promise<void> {
  await seed(bob, conversationId, numbered(what, count));
}

beforeAll(async () => {
  const hostess = await stage.people.setUp('Alice');
  bob = await stage.people.join('Bob');
  const members = [bob.session.user.userId];
  long = await hostess.createChannel('archive', 'private', members);
  fresh = await hostess.createChannel('news', 'private', members);
  await hostess.createChannel('elsewhere', 'private', []);
  // Her device without a browser would read what her browser is to find unread.
  await hostess.close();
  await says(long, 'An old message, number', LONG);
  alice = await stage.signIn('Alice');
  await openRoom(alice, 'elsewhere');
});

/** Resolves when nothing of the room is unread any more. */
function read(): Promise<void> {
  return listed(alice, 'news').getByText('unread').waitFor({ state: 'hidden' });
}

/** @returns what the message right behind the divider says. */
const firstNew = (): Promise<string | null | undefined> =>
  alice.getByText(/^New since \d/).evaluate((words) => words.closest('li')?.nextElementSibling?.textContent);

const jumpPill = (count: string): ReturnType<Page['getByRole']> =>
  alice.getByRole('button', { name: new RegExp(`^${count}`) });

it('check 13: the divider stands before the first unread message, the pill names count and time, the jump goes there', async () => {
  await openRoom(alice, 'news');
  await says(fresh, 'Known', 5);
  await message(alice, 'Known 5').waitFor();
  await read();
  await openRoom(alice, 'elsewhere');
  await says(fresh, 'Unknown', 38);
  await listed(alice, 'news').getByText('38 unread').waitFor();

  await openRoom(alice, 'news');
  const divider = alice.getByText(/^New since \d/);
  await divider.waitFor();
  expect(await firstNew()).toContain('Unknown 1');
  await eventually('the divider is in view', async () => (await placeOf(divider)) === 'visible');

  await toTheEnd(alice);
  const pill = jumpPill('38 new');
  await pill.waitFor();
  expect(await pill.innerText()).toMatch(/38 new since \d{1,2}:\d{2}/);
  await pill.click();
  await eventually('the divider is in view', async () => (await placeOf(divider)) === 'visible');
  await toTheEnd(alice);
  await read();
  expect(await divider.count()).toBe(1);

  await openRoom(alice, 'elsewhere');
  await openRoom(alice, 'news');
  await message(alice, 'Unknown 38').waitFor();
  expect(await divider.count()).toBe(0);
});

it('check 13: the jump finds a first unread message that is many pages away', async () => {
  await openRoom(alice, 'elsewhere');
  await says(fresh, 'Far away', 400);
  await listed(alice, 'news').getByText('99+').waitFor();
  await openRoom(alice, 'news');
  const pill = jumpPill('99\\+ new since \\d{1,2}:\\d{2}');
  await pill.waitFor();
  await pill.click();
  const divider = alice.getByText(/^New since \d/);
  await eventually('the divider is in view', async () => (await placeOf(divider)) === 'visible');
  expect(await firstNew()).toContain('Far away 1');
});

it(`check 14: five pages up in a room of ${LONG} messages, what is being read never moves`, async () => {
  await openRoom(alice, 'archive');
  await toTheEnd(alice);
  await message(alice, `number ${LONG}`).waitFor();
  const drift = await driftWhilePaging(alice, 5);
  expect(drift.pages).toBe(5);
  expect(drift.pixels).toBeLessThanOrEqual(1);
});

it(`A7: in ${LONG} messages one scrolls up and up without a jump, and the page stays small`, async () => {
  await openRoom(alice, 'elsewhere');
  await openRoom(alice, 'archive');
  await toTheEnd(alice);
  await message(alice, `number ${LONG}`).waitFor();
  const ride = await rideUp(alice, { frames: 200, pixels: 5_000, step: 100 });
  console.info(
    `A7: ${ride.frames} frames, ${ride.medianFps} a second in the median (goal: 50), ${ride.slowest} ms the longest`,
  );
  expect(ride.drift).toBeLessThanOrEqual(1);
  expect(ride.mostRows).toBeLessThanOrEqual(310);
  expect(ride.moved).toBeGreaterThanOrEqual(5_000);
});

it('check 15: while one reads further up, new messages move nothing; the pill counts them and goes to the end', async () => {
  const before = await settledTop(alice);
  await says(long, 'Just now', 3);
  const pill = alice.getByRole('button', { name: /^3 new$/ });
  await pill.waitFor();
  expect(Math.abs((await settledTop(alice)) - before)).toBeLessThanOrEqual(1);
  await pill.click();
  await message(alice, 'Just now 3').waitFor();
  await eventually('the newest is in view', async () => (await placeOf(message(alice, 'Just now 3'))) === 'visible');
});

it('check 16: at the end the view follows twenty quick messages, and one of my own from anywhere', async () => {
  await says(long, 'Quick', 20);
  const last = message(alice, 'Quick 20');
  await eventually(
    'the last is in view',
    async () => (await last.count()) === 1 && (await placeOf(last)) === 'visible',
  );
  await scrollTo(alice, 0.3);
  await write(alice, 'My own');
  const own = message(alice, 'My own');
  await eventually('my own is in view', async () => (await own.count()) === 1 && (await placeOf(own)) === 'visible');
});

it('ux C4: who comes back to a conversation stands where they left it; what came meanwhile goes first', async () => {
  await openRoom(alice, 'archive');
  await scrollTo(alice, 0.5);
  const before = await settledRow(alice);
  await openRoom(alice, 'elsewhere');
  await openRoom(alice, 'archive');
  const after = await settledRow(alice);
  expect(after.text).toBe(before.text);
  expect(Math.abs(after.top - before.top)).toBeLessThanOrEqual(1);

  await openRoom(alice, 'elsewhere');
  await says(long, 'While she was away', 1);
  await listed(alice, 'archive').getByText('1 unread').waitFor();
  await openRoom(alice, 'archive');
  await alice.getByText(/^New since \d/).waitFor();
  await eventually('it is in view', async () => (await placeOf(message(alice, 'While she was away'))) === 'visible');
});

it('check 17: a room in a background tab stays unread until somebody looks at the tab', async () => {
  await openRoom(alice, 'news');
  await toTheEnd(alice);
  await read();
  const session = await alice.context().newCDPSession(alice);
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  const other = await alice.context().newPage();
  await other.bringToFront();
  await eventually('the tab is in the background', () =>
    alice.evaluate(() => !document.hasFocus() || document.visibilityState === 'hidden'),
  );

  await says(fresh, 'Behind her back', 2);
  await message(alice, 'Behind her back 2').waitFor({ state: 'attached' });
  await listed(alice, 'news').getByText('2 unread').waitFor();
  // The divider is where she looked away.
  expect(await firstNew()).toContain('Behind her back 1');
  await says(fresh, 'Much more', 60);
  await message(alice, 'Much more 60').waitFor({ state: 'attached' });
  await listed(alice, 'news').getByText('62 unread').waitFor();

  await alice.bringToFront();
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: true });
  // One reads on from there, and what is further down stays unread until it is seen.
  await eventually('the divider is in view', async () => (await placeOf(alice.getByText(/^New since/))) === 'visible');
  await alice.getByRole('button', { name: /^\d+ new$/ }).waitFor();
  await toTheEnd(alice);
  await listed(alice, 'news').getByText('unread').waitFor({ state: 'hidden' });
});

it(`A7, check 14: one scrolls from the end of ${LONG} messages to the very first, each is seen once, and nothing jumps`, async () => {
  await openRoom(alice, 'archive');
  await toTheEnd(alice);
  await message(alice, 'My own').waitFor();
  const { numbers, drift, doubles, ms, frames } = await rideThrough(alice, { step: -600, until: 'number 1(?!\\d)' });
  const fps = (share: number): string => (1_000 / (frames[Math.floor(frames.length * share)] ?? NaN)).toFixed(0);
  console.info(
    `A7: ${LONG} rows in ${(ms / 1_000).toFixed(1)} s, 600 pixels a frame: ${fps(0.5)} a second in the median, ` +
      `${fps(0.95)} for all but 5 in 100 of ${frames.length} frames`,
  );
  expect(numbers.slice(-LONG)).toEqual(Array.from({ length: LONG }, (_, place) => LONG - place));
  expect(doubles).toBe(0);
  expect(drift).toBeLessThanOrEqual(1);
});
