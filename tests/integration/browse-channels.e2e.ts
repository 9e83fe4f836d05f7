import type { ChatClient } from '@parley/client';
import { beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { say } from './stack/people.ts';
import { composer, listed } from './stack/screen.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
let hostess: ChatClient;

beforeAll(async () => {
  hostess = await stage.people.setUp('Alice');
});

it('a link to a public channel offers to join it; nobody is told that there is nothing before the server says so', async () => {
  const yard = await hostess.createChannel('yard', 'public', []);
  await stage.people.join('Bob');
  const bob = await stage.signIn('Bob');
  const { promise: answered, resolve: answer } = Promise.withResolvers<true>();
  await bob.route('**/api/v1/conversations', async (route) => {
    await answered;
    await route.continue();
  });
  await bob.goto('/app');
  await bob.getByRole('heading', { name: 'Loading your conversations…' }).waitFor();
  expect(await bob.getByText(/caught up|No conversations/).count()).toBe(0);
  await bob.goto(`/c/${yard}`);
  await bob.getByText('Opening the conversation…').waitFor();
  answer(true);
  await bob.getByRole('heading', { name: '#yard' }).waitFor();
  await bob.getByRole('main').getByRole('button', { name: 'Join' }).click();
  await composer(bob).waitFor();
  await bob.goto('/c/018f0000-0000-7000-8000-000000000000');
  await bob.getByText('This conversation does not exist').waitFor();
  const looks: string[] = [];
  bob.on('request', (request) => request.url().includes('/api/v1/channels') && looks.push(request.url()));
  for (const text of ['one', 'two', 'three']) {
    await say(hostess, yard, text);
    await listed(bob, 'yard').filter({ hasText: text }).waitFor();
  }
  expect(looks, 'what is said elsewhere is no reason to ask again').toEqual([]);
  await bob.context().close();
});

it('channel 101 is reached by one more page, and found by its name on the server', async () => {
  // Behind general there are a hundred, so the last one is on the second page.
  for (let berth = 1; berth <= 100; berth += 1)
    await hostess.createChannel(`quay ${String(berth).padStart(3, '0')}`, 'public', []);
  await eventually('all are projected', async () => {
    const { channels } = await hostess.call('channels', { limit: 200 });
    return channels.length === 102;
  });
  const alice = await stage.signIn('Alice');
  await alice.getByRole('button', { name: 'Browse channels' }).first().click();
  const channels = alice.getByRole('dialog').getByRole('list', { name: 'Channels' });
  const named = (name: string) => channels.getByRole('listitem').filter({ hasText: name });
  const last = named('quay 100');

  await named('quay 099').waitFor();
  expect(await last.count()).toBe(0);
  await channels.getByRole('button', { name: 'More' }).click();
  await last.waitFor();
  await channels.getByRole('button', { name: 'More' }).waitFor({ state: 'detached' });

  await alice.getByRole('searchbox', { name: 'Search channels' }).fill('AY 100');
  await named('general').waitFor({ state: 'detached' });
  expect(await channels.getByRole('listitem').count()).toBe(1);
  await last.getByRole('button', { name: 'Open' }).click();
  await alice.getByRole('heading', { level: 1, name: 'quay 100' }).waitFor();
});
