import type { ChatClient } from '@parley/client';
import type { ConversationId, UserId } from '@parley/events';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { eventually } from './stack/eventually.ts';
import { holds, opened, say, texts } from './stack/people.ts';
import { listed, message, openRoom, shows, write } from './stack/screen.ts';
import { stageForFile } from './stack/stage.ts';

const stage = stageForFile();
/** Alice's tabs: the first one leads, for it was there first. */
let leading: Page;
let other: Page;
let bob: ChatClient;
let room: ConversationId;
let alice: UserId;

beforeAll(async () => {
  const hostess = await stage.people.setUp('Alice');
  alice = hostess.session.user.userId;
  bob = await stage.people.join('Bob');
  room = await hostess.createChannel('tabs', 'private', [bob.session.user.userId]);
  await opened(bob, room);
  await hostess.close();
  leading = await stage.signIn('Alice');
  await openRoom(leading, 'tabs');
  other = await leading.context().newPage();
  await other.goto(leading.url());
  await other.getByRole('heading', { level: 1, name: 'tabs' }).waitFor();
});

it('B10: two tabs of one person share one outbox: what is written in either is shown once in both and stored once', async () => {
  const written = ['from the first', 'from the second', 'again from the first', 'again from the second'];
  for (const [at, text] of written.entries()) {
    const page = at % 2 ? other : leading;
    await write(page, text);
    await message(page, text)
      .getByLabel(/^(Sent|Delivered|Read)$/)
      .waitFor();
  }
  await holds(bob, room, written.length);
  expect(texts(bob, room)).toEqual(written);
  for (const page of [leading, other]) await shows(page, written);
});

it('B10: the tab that sends is closed in the middle of it: the other one takes over, and nothing is lost or doubled', async () => {
  const before = texts(bob, room);
  const node = stage.stack.apis[0]?.process;
  await node?.kill('SIGSTOP');
  const written = ['on its way', 'behind it', 'from the other tab'];
  for (const text of written) await write(text === 'from the other tab' ? other : leading, text);
  for (const page of [leading, other]) await shows(page, [...before, ...written]);
  await leading.close();
  await node?.kill('SIGCONT');

  for (const text of written)
    await message(other, text)
      .getByLabel(/^(Sent|Delivered|Read)$/)
      .waitFor();
  await holds(bob, room, before.length + written.length);
  expect(texts(bob, room)).toEqual([...before, ...written]);
  await shows(other, [...before, ...written]);
});

it('C9: what is read in the last moment before the page is left stays read', async () => {
  const next = await bob.createChannel('next', 'private', [alice]);
  await say(bob, next, 'the news');
  await opened(bob, next);
  const isRead = (id: ConversationId): boolean => {
    const row = bob.conversations.find(({ conversationId }) => conversationId === id);
    return row?.marks.some(({ userId, read }) => userId === alice && read === row.head) ?? false;
  };
  // Nothing but the last word of the page tells it: what goes the ordinary way does not arrive.
  await other.routeWebSocket(/\/socket\.io\//, (page) => {
    const server = page.connectToServer();
    page.onMessage((frame) => {
      if (!/^42\d*\["mark"/.test(String(frame))) server.send(frame);
    });
  });
  await other.reload();
  await listed(other, 'next').getByText('1 unread').waitFor();
  await openRoom(other, 'next');
  await listed(other, 'next').getByText('unread').waitFor({ state: 'hidden' });
  await other.goto('about:blank');
  await eventually('Alice has read the other room', () => isRead(next));
});
