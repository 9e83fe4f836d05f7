import { expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();

it('channel 101 is reached by one more page, and found by its name on the server', async () => {
  const hostess = await stage.people.setUp('Alice');
  // Behind general there are a hundred, so the last one is on the second page.
  for (let berth = 1; berth <= 100; berth += 1)
    await hostess.createChannel(`quay ${String(berth).padStart(3, '0')}`, 'public', []);
  await eventually('all are projected', async () => {
    const { channels } = await hostess.call('channels', { limit: 200 });
    return channels.length === 101;
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
