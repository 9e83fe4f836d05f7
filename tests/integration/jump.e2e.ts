import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { unlimited } from '@parley/stack';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { archivedUpTo } from './stack/acked.ts';
import { DAY_MS, moveDaysBack } from './stack/days-ago.ts';
import { eventually } from './stack/eventually.ts';
import { say } from './stack/people.ts';
import { composer, listed, message, openRoom } from './stack/screen.ts';
import { placeOf, rideThrough } from './stack/scrolling.ts';
import { numbered, seed } from './stack/seeding.ts';
import { stageForFile } from './stack/stage.ts';

/** So many messages on each of two earlier days and before somebody joined; message n has the seq n + 1. */
const EACH = 400;
const ALL = 3 * EACH;
/** So many after it. */
const LATER = 300;
const JOINED_AT = ALL + 2;

const stage = stageForFile(undefined, unlimited);
let bob: ChatClient;
let room: ConversationId;

beforeAll(async () => {
  const hostess = await stage.people.setUp('Alice');
  bob = await stage.people.join('Bob');
  const carol = await stage.people.join('Carol');
  room = await hostess.createGroup('days', [bob.session.user.userId]);
  await seed(bob, room, numbered('Word', ALL));
  await archivedUpTo(bob, room, ALL + 1);
  await moveDaysBack(stage.stack, room, { from: 1, to: EACH + 1, days: 9 });
  await moveDaysBack(stage.stack, room, { from: EACH + 2, to: 2 * EACH + 1, days: 4 });
  await hostess.addMember(room, carol.session.user.userId);
  await seed(bob, room, numbered('Later', LATER));
  // A device without a browser would read what the browser is to find unread.
  await Promise.all([hostess.close(), carol.close()]);
});

const word = (page: Page, n: number) => message(page, new RegExp(`Word ${n}(?!\\d)`));
const newest = (page: Page) => message(page, `Later ${LATER}`);
const jumpedTo = (page: Page) => page.locator('article[aria-current="true"]');

async function isJumpedTo(page: Page, n: number): Promise<void> {
  await eventually(`one is at Word ${n}`, async () => {
    const target = jumpedTo(page);
    return (await target.count()) === 1 && /Word (\d+)/.exec(await target.innerText())?.[1] === String(n);
  });
  expect(await placeOf(jumpedTo(page))).toBe('visible');
  expect(await jumpedTo(page).evaluate((article) => article === document.activeElement)).toBe(true);
}

/** @returns the date field's form of the local day so many days ago, as this browser sees it. */
function dateAgo(page: Page, ago: number): Promise<string> {
  return page.evaluate(
    (at) => {
      const day = new Date(at);
      return [day.getFullYear(), day.getMonth() + 1, day.getDate()]
        .map((part) => String(part).padStart(2, '0'))
        .join('-');
    },
    Date.now() - ago * DAY_MS,
  );
}

it('E18, check 36: by keys alone one goes from the newest to a day, and from there to the beginning', async () => {
  const alice = await stage.signIn('Alice');
  await openRoom(alice, 'days');
  await newest(alice).waitFor();
  await composer(alice).press('Control+Shift+F6');
  const isRow = (): Promise<boolean> => alice.evaluate(() => document.activeElement?.tagName === 'ARTICLE');
  await eventually('a message has the focus', isRow);
  await alice.keyboard.press('d');
  const dialog = alice.getByRole('dialog', { name: 'Go to a date' });
  const field = dialog.getByLabel('Date');
  expect(await field.inputValue()).toBe(await dateAgo(alice, 0));
  // Nothing was said that day: the first after it is shown.
  await field.fill(await dateAgo(alice, 6));
  await field.press('Enter');
  await isJumpedTo(alice, EACH + 1);
  expect(await dialog.count()).toBe(0);

  await alice.keyboard.press('d');
  expect(await field.inputValue()).toBe(await dateAgo(alice, 4));
  await dialog.getByRole('button', { name: 'To the beginning' }).press('Enter');
  await isJumpedTo(alice, 1);
  await alice.getByText('This is the beginning.').waitFor();
  await alice.context().close();
});

it('E18: after a jump one reads on in both directions, each message once, down to what is said just now', async () => {
  const alice = await stage.signIn('Alice');
  await openRoom(alice, 'days');
  await newest(alice).waitFor();
  await alice.getByRole('button', { name: 'Today' }).click();
  const dialog = alice.getByRole('dialog', { name: 'Go to a date' });
  await dialog.getByLabel('Date').fill(await dateAgo(alice, 4));
  await dialog.getByRole('button', { name: 'Go there' }).click();
  await isJumpedTo(alice, EACH + 1);

  const up = await rideThrough(alice, { step: -600, until: 'Word 1(?!\\d)' });
  expect(up.numbers).toEqual(up.numbers.map((_, at) => up.numbers.length - at));
  expect(up.drift).toBeLessThanOrEqual(1);
  const down = await rideThrough(alice, { step: 600, until: `Later ${LATER}` });
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
  expect(down.numbers).toEqual([...upTo(ALL), ...upTo(LATER)]);
  expect(down.drift).toBeLessThanOrEqual(1);

  await alice.getByRole('article').last().waitFor();
  await composer(alice).press('Escape');
  await say(bob, room, 'Just now');
  const last = message(alice, 'Just now');
  await eventually(
    'the newest is in view',
    async () => (await last.count()) === 1 && (await placeOf(last)) === 'visible',
  );
  await alice.context().close();
});

it('E18: a copied link leads whoever may see it to its message, through the door, and reads nothing else for them', async () => {
  const alice = await stage.signIn('Alice', '/app', { permissions: ['clipboard-read', 'clipboard-write'] });
  await openRoom(alice, 'days');
  await newest(alice).waitFor();
  await alice.getByRole('button', { name: 'Today' }).click();
  const field = alice.getByRole('dialog', { name: 'Go to a date' }).getByLabel('Date');
  await field.fill(await dateAgo(alice, 9));
  await field.press('Enter');
  await isJumpedTo(alice, 1);
  await alice.keyboard.press('ArrowDown');
  await alice.keyboard.press('l');
  await alice.getByText('Link copied').waitFor();
  const link = await alice.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${stage.origin}/c/${room}?at=3`);
  await alice.context().close();

  const late = await stage.signIn('Carol', `/c/${room}?at=${JOINED_AT + 40}`);
  await eventually('she is led to it', async () => (await jumpedTo(late).count()) === 1);
  expect(await jumpedTo(late).innerText()).toContain('Later 40');
  expect(await placeOf(jumpedTo(late))).toBe('visible');
  await listed(late, 'days').getByText('99+').waitFor();
  // What was before her time is not shown by a link either.
  await late.goto(`/c/${room}?at=3`);
  await late.getByText('from a time in which you were not a member').waitFor();
  expect(await word(late, 2).count()).toBe(0);
  await late.context().close();
});

it('E18: a link that is written into a message leads there in place, also a second time', async () => {
  const alice = await stage.signIn('Alice');
  await say(bob, room, `See ${stage.origin}/c/${room}?at=${EACH + 2}`);
  await openRoom(alice, 'days');
  const link = message(alice, 'See http').getByRole('link');
  for (let times = 0; times < 2; times += 1) {
    await alice.getByRole('article').first().waitFor();
    await composer(alice).press('Escape');
    await link.click();
    await isJumpedTo(alice, EACH + 1);
  }
  expect(alice.context().pages()).toHaveLength(1);
  await alice.context().close();
});
