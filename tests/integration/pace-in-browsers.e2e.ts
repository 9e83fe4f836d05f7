import { expect, it } from 'vitest';

import { composer, message, openRoom, shows } from './stack/screen.ts';
import { notedTexts, noteTexts, tellPace } from './stack/screen-times.ts';
import { numbered } from './stack/seeding.ts';
import { stageForFile } from './stack/stage.ts';

const MESSAGES = 60;
const stage = stageForFile();

it('A6: what one browser sends is on the screen of another one, on another node, in order and each once', async () => {
  const { url } = await stage.stack.addApi();
  const { channel } = await stage.people.aliceAndBobIn('pace');
  await stage.people.close();
  const alice = await stage.signIn('Alice');
  const bob = await stage.signIn('Bob', '/app', { baseURL: `http://localhost:${new URL(url).port}` });
  for (const page of [alice, bob]) await openRoom(page, 'pace');
  await noteTexts(bob);
  const texts = numbered('pace', MESSAGES);
  for (const text of texts) {
    await composer(alice).fill(text);
    await composer(alice).press('Enter');
  }
  await message(bob, `pace ${MESSAGES}`).waitFor();
  await shows(bob, texts);
  await shows(alice, texts);

  const device = await stage.people.device('Alice');
  const { events } = await device.call('history', { limit: 200 }, { conversationId: channel });
  const taken = events.filter(({ type }) => type === 'message.sent').map(({ at }) => at);
  const seen = await notedTexts(bob);
  expect([...seen.keys()]).toEqual(texts);
  tellPace(
    'another browser',
    texts.map((text, n) => (seen.get(text) ?? NaN) - (taken[n] ?? NaN)),
  );
});
