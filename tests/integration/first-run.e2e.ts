import type { BrowserContext, Page } from 'playwright-core';
import { expect, it } from 'vitest';

import { PASSWORD } from './stack/people.ts';
import { composer, message, shows, write } from './stack/screen.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
let alice: Page;
let bob: Page;
let invite = '';
const problems: string[] = [];
const foreign: string[] = [];

/** A profile whose console and requests are listened to from its first page on. */
async function watched(): Promise<BrowserContext> {
  const profile = await stage.profile({ permissions: ['clipboard-read', 'clipboard-write'] });
  profile.on('console', (line) => line.type() === 'error' && problems.push(line.text()));
  profile.on('weberror', (fault) => problems.push(String(fault.error())));
  profile.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== stage.origin) foreign.push(request.url());
  });
  return profile;
}

async function credentials(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Username').fill(name.toLowerCase());
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
}

it('check 1: on a fresh server one screen leads to the first message', async () => {
  alice = await (await watched()).newPage();
  await alice.goto('/');
  await alice.waitForURL('**/setup');
  await alice.getByLabel('Setup code').fill(stage.stack.setupCode);
  await alice.getByLabel('Workspace').fill('Harbour Works');
  await credentials(alice, 'Alice');
  await alice.getByRole('button', { name: 'Create workspace' }).click();
  await alice.waitForURL('**/c/*');
  await write(alice, 'The first words');
  await message(alice, 'The first words').getByLabel('Sent').waitFor();
});

it('check 2: the invite link names workspace and inviter, and joins', async () => {
  await alice.getByRole('button', { name: 'Invite people' }).first().click();
  const link = alice.getByRole('textbox', { name: 'Invite link' });
  await link.waitFor();
  invite = await link.inputValue();
  expect(new URL(invite).origin).toBe(stage.origin);
  await alice.keyboard.press('Escape');

  bob = await (await watched()).newPage();
  await bob.goto(invite);
  await bob.getByRole('heading', { name: 'Join Harbour Works' }).waitFor();
  await bob.getByText('Alice invites you.').waitFor();
  await credentials(bob, 'Bob');
  await bob.getByRole('button', { name: 'Join' }).click();
  await bob.waitForURL('**/c/*');
  await shows(bob, ['The first words']);
});

it('check 2: an invite that does not count says what to do', async () => {
  const page = await (await stage.profile()).newPage();
  await page.goto(`${invite.slice(0, -4)}xxxx`);
  await page.getByRole('heading', { name: 'This invite can’t be used' }).waitFor();
  await page.context().close();
});

const hostile = [
  '<img src=x onerror="document.title=\'broken in\'">',
  '<script>document.title="broken in"</script>',
  '"><svg/onload=alert(1)>',
  ':D',
];

it('check 30: hostile text is harmless and shown as it was typed', async () => {
  for (const text of hostile) await write(alice, text);
  await shows(bob, ['The first words', ...hostile]);
  await write(alice, 'look [here](javascript:alert(1)) or [there](data:text/html,x)');
  await message(bob, 'look').waitFor();
  await write(alice, '[a real one](https://example.org/)');
  await message(bob, 'a real one').getByRole('link').waitFor();

  for (const page of [alice, bob]) {
    const links = await page.locator('article a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    expect(links).toEqual(['https://example.org/']);
    expect(await page.locator('article :is(img, svg[onload], script, iframe)').count()).toBe(0);
    expect(await page.title()).not.toContain('broken in');
  }
});

it('check 40: no error in the console, no request to anybody else, and a strict policy on every page', async () => {
  for (const path of ['/', '/login', new URL(invite).pathname, new URL(alice.url()).pathname]) {
    const policy = (await fetch(stage.origin + path)).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy.split(';').find((part) => part.trim().startsWith('script-src '))).not.toMatch(/unsafe|\*|https?:/);
  }
  await alice.reload();
  await composer(alice).waitFor();
  expect(foreign).toEqual([]);
  expect(problems).toEqual([]);
});
