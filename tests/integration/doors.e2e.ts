import { beforeAll, describe, it } from 'vitest';

import { inspect, lookOf, looks } from './stack/inspect.ts';
import { PASSWORD } from './stack/people.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();

describe('a server without anybody', () => {
  it.each(looks)('checks 36, 37: setup on a %s in %s has no serious fault', async (device, theme) => {
    const page = await (await stage.profile(lookOf(device, theme))).newPage();
    await page.goto('/');
    await page.getByText('The server, Redis and MongoDB are ready.').waitFor();
    await page.getByLabel('Setup code').fill('not this one');
    await inspect(page, `${device}-${theme}-setup`);
    await page.getByLabel('Workspace').fill('Harbour Works');
    await page.getByLabel('Your name').fill('Alice');
    await page.getByLabel('Username').fill('alice');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create workspace' }).click();
    await page.getByRole('alert').waitFor();
    await inspect(page, `${device}-${theme}-setup-error`);
    await page.context().close();
  });
});

describe('a workspace', () => {
  let invite = '';

  beforeAll(async () => {
    const alice = await stage.people.setUp('Alice');
    invite = `/join/${(await alice.call('createInvite', { uses: 5, hours: 1 })).code}`;
  });

  it.each(looks)('checks 36, 37: no door on a %s in %s has a serious fault', async (device, theme) => {
    const look = `${device}-${theme}`;
    const page = await (await stage.profile(lookOf(device, theme))).newPage();
    await page.goto('/login');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await inspect(page, `${look}-sign-in`);
    await page.getByLabel('Username').fill('alice');
    await page.getByRole('textbox', { name: 'Password' }).fill('not this one');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await inspect(page, `${look}-sign-in-error`);
    for (const [path, heading] of [
      [invite, 'Join Parley'],
      ['/join/unknown', 'This invite can’t be used'],
      ['/nowhere', 'Not found'],
    ] as const) {
      await page.goto(path);
      await page.getByRole('heading', { name: heading }).waitFor();
      if (path === '/nowhere') await page.getByRole('button', { name: 'Copy details' }).waitFor();
      await inspect(page, `${look}-${heading.replaceAll(/\W+/g, '-').toLowerCase()}`);
    }
    await page.context().close();
  });

  it.each(looks)('checks 36, 37: a server that is away, on a %s in %s', async (device, theme) => {
    const page = await (await stage.profile(lookOf(device, theme))).newPage();
    await page.route('**/api/**', (route) => route.abort());
    await page.goto('/app');
    await page.getByRole('heading', { name: 'Can’t reach the server' }).waitFor();
    await inspect(page, `${device}-${theme}-unreachable`);
    await page.context().close();
  });
});
