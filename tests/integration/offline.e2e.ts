import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { appIsKept, keptText } from './stack/app-on-device.ts';
import { eventually } from './stack/eventually.ts';
import { composer, message, shows, textsOn, write } from './stack/screen.ts';
import { stageForFile, webDir } from './stack/stage.ts';

let folder: string;
let alice: Page;
let bob: Page;

const kept = (what: string, text: string): Promise<true> =>
  eventually(what, async () => (await keptText(alice)).includes(text));

/** Resolves when a page was loaded anew since it was marked. */
const isAnother = (page: Page): Promise<true> =>
  eventually('the page is another', () =>
    page.evaluate(() => document.body.dataset.same === undefined).catch(() => false),
  );

/** @returns whether a page runs on the build that is served now. */
const hasNewest = (page: Page): Promise<boolean> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    return registration.waiting === null && registration.installing === null;
  });

beforeAll(async () => {
  // A copy, because one test puts a newer build in its place.
  folder = await mkdtemp(join(tmpdir(), 'parley-web-'));
  await cp(webDir, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const stage = stageForFile(() => folder);
beforeAll(async () => {
  ({ alice, bob } = await stage.aliceAndBobIn('harbour'));
});

it('check 6: what Alice wrote offline waits, also after a reload, and is sent once, in order', async () => {
  await write(bob, 'before');
  await message(alice, 'before').waitFor();
  await appIsKept(alice);
  await kept('the device keeps the conversation', '"before"');
  await alice.context().setOffline(true);
  for (const text of ['first', 'second']) await write(alice, text);
  for (const text of ['first', 'second']) await message(alice, text).getByText('Waiting for network').waitFor();
  await alice.getByText('2 waiting').waitFor();

  await alice.reload();
  await alice.getByText('2 waiting').waitFor();
  await shows(alice, ['before', 'first', 'second']);
  await alice.getByText('You are offline.').waitFor();
  expect(await textsOn(bob)).toEqual(['before']);
  await write(alice, 'third');

  await alice.context().setOffline(false);
  await shows(bob, ['before', 'first', 'second', 'third']);
  await shows(alice, ['before', 'first', 'second', 'third']);
  await alice.getByText(/\d waiting/).waitFor({ state: 'hidden' });
});

it('check 40: the installed app opens without a network where one was last, and goes on by itself', async () => {
  await kept('the device keeps the newest', '"third"');
  await alice.context().setOffline(true);
  const opened = await alice.context().newPage();
  await opened.goto('/');
  await opened.getByRole('heading', { level: 1, name: 'harbour' }).waitFor();
  await shows(opened, ['before', 'first', 'second', 'third']);
  expect(await composer(opened).isEnabled()).toBe(true);
  await write(bob, 'meanwhile');
  await message(bob, 'meanwhile').getByLabel('Sent').waitFor();

  await alice.context().setOffline(false);
  await shows(opened, ['before', 'first', 'second', 'third', 'meanwhile']);
  await opened.close();
});

it('D7: while the log is away a message says that it waits; it is sent once when the log is back, without anybody', async () => {
  await stage.stack.redis.kill('SIGKILL');
  await write(alice, 'kept until then');
  await message(alice, 'kept until then')
    .getByText(/^Waiting (to be sent|for network)$/)
    .waitFor();
  await alice.getByText('1 waiting').waitFor();
  expect(await textsOn(bob)).not.toContain('kept until then');
  await stage.stack.redis.restart();
  const texts = ['before', 'first', 'second', 'third', 'meanwhile', 'kept until then'];
  await shows(bob, texts);
  await shows(alice, texts);
  await alice.getByText(/\d waiting/).waitFor({ state: 'hidden' });
});

it('check 40: the manifest names the app, where it opens and icons that are there', async () => {
  const answer = await fetch(`${stage.origin}/manifest.webmanifest`);
  const manifest = (await answer.json()) as { name: string; start_url: string; icons: { src: string }[] };
  expect(manifest).toMatchObject({ name: 'Parley', start_url: '/', display: 'standalone' });
  for (const { src } of manifest.icons) {
    const icon = await fetch(stage.origin + src);
    expect(icon.headers.get('content-type')).toMatch(/^image\/(png|svg)/);
  }
});

it('a newer build is offered, not forced; the reload keeps what is typed', async () => {
  await appendFile(join(folder, 'service-worker.js'), '\n// newer');
  await alice.evaluate(async () => {
    document.body.dataset.same = 'page';
    await (await navigator.serviceWorker.ready).update();
  });
  await alice.getByText('A new version of Parley is ready').waitFor();
  expect(await alice.evaluate(() => document.body.dataset.same)).toBe('page');
  await composer(alice).fill('half a thought');
  await alice.getByRole('button', { name: 'Load again' }).click();
  await isAnother(alice);
  await eventually('the draft is there', async () => (await composer(alice).inputValue()) === 'half a thought');
});

it('ux C16: what a newer Parley wrote is read by one button, which loads the newest build past what the device keeps', async () => {
  await alice.context().routeWebSocket(/\/socket\.io\//, (page) => {
    const server = page.connectToServer();
    server.onMessage((frame) => {
      const isNewer = typeof frame === 'string' && frame.includes('from tomorrow');
      page.send(isNewer ? frame.replaceAll(/"v":\d+/g, '"v":99') : frame);
    });
  });
  await alice.reload();
  // Sent by her: from here on she hears live what is said.
  await write(alice, 'today');
  await message(alice, 'today').getByLabel('Sent').waitFor();
  await write(bob, 'from tomorrow');
  await appendFile(join(folder, 'service-worker.js'), '\n// newer still');
  // The note of the new build has such a button, too.
  const gap = alice.getByRole('listitem').filter({ hasText: 'written by a newer Parley' });
  await alice.evaluate(() => void (document.body.dataset.same = 'page'));
  await gap.getByRole('button', { name: 'Load again' }).click();
  await isAnother(alice);
  await composer(alice).waitFor();
  expect(await hasNewest(alice)).toBe(true);
});

it('C17: whoever the server finds too old is told that, and changes to the newest build by one button, still signed in', async () => {
  let old = true;
  await alice.context().routeWebSocket(/\/socket\.io\//, (page) => {
    const server = page.connectToServer();
    const aged = (frame: string): string => (old ? frame.replace(/"protocol":\d+/, '"protocol":0') : frame);
    page.onMessage((frame) => server.send(typeof frame === 'string' ? aged(frame) : frame));
  });
  await appendFile(join(folder, 'service-worker.js'), '\n// newest');
  await alice.reload();
  const told = alice.getByRole('dialog', { name: 'Parley was updated' });
  await told.getByText('Load the app again.').waitFor();
  for (let presses = 0; presses < 3; presses += 1) await alice.keyboard.press('Escape');
  expect(await told.isVisible(), 'there is no way around it').toBe(true);

  old = false;
  // The note that a newer build is ready may be there by now, with a button for the same.
  await told.getByRole('button', { name: 'Load again' }).first().click();
  await told.waitFor({ state: 'detached' });
  await composer(alice).waitFor();
  expect(await hasNewest(alice)).toBe(true);
});

it('signing out wipes what the device kept', async () => {
  await kept('the device keeps something', 'harbour');
  await alice.getByRole('button', { name: 'Sign out' }).click();
  await alice.getByRole('heading', { name: 'Sign in' }).waitFor();
  await eventually('nothing is kept', async () => (await keptText(alice)) === '');
});
