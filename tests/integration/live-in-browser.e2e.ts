import type { ChatClient } from '@parley/client';
import { expect, it } from 'vitest';

import { holds, opened, say } from './stack/people.ts';
import { openRoom, shows, textsOn } from './stack/screen.ts';
import { notedTexts, noteTexts, tellPace } from './stack/screen-times.ts';
import { numbered } from './stack/seeding.ts';
import { stageForFile } from './stack/stage.ts';

/** How many messages pass and at which pace: one person who writes without a pause. */
const MESSAGES = 100;
const EVERY_MS = 50;

const stage = stageForFile();

it('A6, A7: what is written on one node is pushed into a browser on another, in order, each once, without a reload', async () => {
  await stage.stack.addApi();
  const bob = await stage.people.setUp('Bob', 1);
  const alice = await stage.people.join('Alice', 1);
  const room = await bob.createChannel('live', 'private', [alice.session.user.userId]);
  await opened(bob, room);
  await alice.close();
  const page = await stage.signIn('Alice');
  await openRoom(page, 'live');
  // A client that asks for a sync by HTTP is not told by itself.
  await noteTexts(page);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));

  const texts = numbered('live', MESSAGES);
  for (const text of texts) {
    const next = new Promise((soon) => setTimeout(soon, EVERY_MS));
    await say(bob, room, text);
    await next;
  }
  await holds(bob, room, MESSAGES);
  await page.getByText(`live ${MESSAGES}`, { exact: true }).waitFor();
  expect(asked.filter((request) => request.includes('/sync'))).toEqual([]);
  await shows(page, texts.slice(-(await textsOn(page)).length));

  const seen = await notedTexts(page);
  // A slow machine may leave out what a later message pushed off the screen before it was painted.
  expect([...seen.keys()]).toEqual(texts.filter((text) => seen.has(text)));
  const waits = written(bob).flatMap(([text, at]) => (seen.has(text) ? [(seen.get(text) ?? 0) - at] : []));
  tellPace('somebody else', waits);

  /** @returns each text and when the server took it, in milliseconds since 1970. */
  function written(client: ChatClient): [string, number][] {
    return client.timeline(room).items.flatMap((item) => {
      if (item.kind !== 'message') return [];
      const { content, at: taken } = item.message;
      return 'text' in content ? [[content.text, taken] satisfies [string, number]] : [];
    });
  }
});
