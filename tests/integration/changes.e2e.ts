import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { listed, message, openRoom, shows, write } from './stack/screen.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
let alice: Page;
let bob: Page;

beforeAll(async () => {
  ({ alice, bob } = await stage.aliceAndBobIn('harbour'));
});

async function press(page: Page, text: string, name: string): Promise<void> {
  await message(page, text).hover();
  await page.getByRole('toolbar', { name: 'Message' }).getByRole('button', { name, exact: true }).click();
}

it('check 25: a deletion can be taken back; one that stands leaves a tombstone on the other side', async () => {
  await write(alice, 'said too soon');
  await message(bob, 'said too soon').waitFor();
  // Her page's clock stands still, so that she has all the time she needs to change her mind.
  await alice.clock.install();
  // Ahead far enough for a slow machine to get there, and not so far that her socket thinks a ping is overdue.
  await alice.clock.pauseAt(Date.now() + 10_000);
  await press(alice, 'said too soon', 'Delete');
  await message(alice, 'Message deleted').waitFor();
  // On a phone the button stands in one line beside its note.
  await alice.setViewportSize({ width: 360, height: 780 });
  expect((await alice.getByRole('button', { name: 'Undo' }).boundingBox())?.height).toBeLessThan(40);
  await alice.setViewportSize({ width: 1440, height: 900 });
  // A dialog keeps everything outside of it out of reach: the way back is in it.
  await alice.keyboard.press('Control+k');
  await alice.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
  await message(alice, 'said too soon').waitFor();
  await alice.keyboard.press('Escape');

  for (const undo of ['Control+F6 Control+F6 Enter', 'Control+z']) {
    await message(alice, 'said too soon').focus();
    await alice.keyboard.press('Delete');
    await message(alice, 'Message deleted').waitFor();
    for (const key of undo.split(' ')) await alice.keyboard.press(key);
    await message(alice, 'said too soon').waitFor();
  }
  await shows(bob, ['said too soon']);

  // The toolbar goes with what it deletes; the focus does not.
  await press(alice, 'said too soon', 'Delete');
  await message(alice, 'Message deleted').and(alice.locator(':focus')).waitFor();
  // Ctrl+Z works from wherever nothing is written.
  await listed(alice, 'harbour').focus();
  await alice.keyboard.press('Control+z');
  await message(alice, 'said too soon').waitFor();

  await press(alice, 'said too soon', 'Delete');
  await alice.getByRole('button', { name: 'Undo' }).waitFor();
  await alice.clock.resume();
  await alice.clock.fastForward(5_000);
  await message(bob, 'Message deleted').waitFor();
  expect(await message(bob, 'said too soon').count()).toBe(0);
});

it('check 25: leaving the room carries the deletion out at once', async () => {
  await write(alice, 'gone with me');
  await message(bob, 'gone with me').waitFor();
  await press(alice, 'gone with me', 'Delete');
  await alice.getByRole('button', { name: 'Undo' }).waitFor();
  await alice.getByRole('link', { name: 'Conversations' }).click();
  await alice.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
  await message(bob, 'gone with me').waitFor({ state: 'detached' });
});

it('an edit is seen by both, marked as one', async () => {
  await openRoom(alice, 'harbour');
  await write(alice, 'see you at none');
  await message(bob, 'see you at none').waitFor();
  await press(alice, 'see you at none', 'Edit');
  const editor = alice.getByRole('textbox', { name: 'Edit message' });
  await editor.fill('see you at noon');
  await editor.press('Enter');
  for (const page of [alice, bob]) await message(page, 'see you at noon').getByText('(edited)').waitFor();
});

it('a reaction is given by keyboard alone, shown with who gave it, and taken back by one click', async () => {
  await message(bob, 'see you at noon').focus();
  await bob.keyboard.press('r');
  const chooser = bob.getByRole('dialog', { name: 'Choose an emoji' });
  await chooser.waitFor();
  await bob.keyboard.type('thumbs up');
  await bob.keyboard.press('Enter');
  const given = alice.getByRole('button', { name: /, 1: Bob$/ });
  await given.waitFor();
  await given.click();
  const both = bob.getByRole('button', { name: /, 2: / });
  await both.waitFor();
  expect(await both.getAttribute('aria-label')).toContain('Alice');
  await both.click();
  await alice.getByRole('button', { name: /, 1: You$/ }).waitFor();
});

it('B5: an edit that the server refuses keeps its text, also over a reload, until Bob decides', async () => {
  await openRoom(bob, 'harbour');
  await write(bob, 'we sail at dawn');
  await message(alice, 'we sail at dawn').waitFor();
  await bob.context().setOffline(true);
  await press(bob, 'we sail at dawn', 'Edit');
  const editor = bob.getByRole('textbox', { name: 'Edit message' });
  await editor.fill('we sail at noon');
  await editor.press('Enter');
  await message(bob, 'we sail at noon').waitFor();

  await alice.getByRole('button', { name: 'Details', exact: true }).click();
  await alice.getByRole('button', { name: 'Remove Bob' }).click();
  await alice.getByRole('dialog', { name: 'Remove Bob?' }).getByRole('button', { name: 'Remove' }).click();
  await alice.getByText('Alice removed Bob').waitFor();
  await bob.context().setOffline(false);
  await bob.getByText('Your edit was refused.').waitFor();
  // On a phone, where there is the list alone.
  await bob.setViewportSize({ width: 360, height: 780 });
  await bob.goto('/app');
  const refused = bob.getByRole('dialog', { name: 'Refused' });
  // What is refused once more is told once more: no dialog opens by itself over what Bob is doing then.
  for (const way of ['Try again', 'Discard']) {
    await bob.getByRole('region', { name: 'Notes' }).getByRole('button', { name: 'Show' }).click();
    await refused.getByText('we sail at noon').waitFor();
    await refused.getByRole('button', { name: way }).click();
    await refused.waitFor({ state: 'detached' });
  }
  expect(await bob.getByText('Your edit was refused.').count()).toBe(0);
});
