import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { expect, it } from 'vitest';

import { acked } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, say, texts } from './stack/people.ts';

const parley = parleyForFile();

const rows = (client: ChatClient, id: ConversationId) =>
  client.timeline(id).items.flatMap((item) => (item.kind === 'message' ? [item.message] : []));

it('E3, B5: a message is shown at once, becomes the stored one and is never two; the ack carries its place and time', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('acks');
  const seen: (readonly [rows: number, key: string | undefined, state: string | undefined])[] = [];
  const look = (): void => {
    const all = rows(alice, channel);
    seen.push([all.length, all[0]?.key, all[0]?.send.state]);
  };
  const stop = alice.onTimeline(channel, look);
  const sent = say(alice, channel, 'hello');
  look();
  await sent;
  await Promise.all([holds(alice, channel, 1), holds(bob, channel, 1)]);
  stop();
  expect(seen[0]).toEqual([1, seen[0]?.[1], 'queued']);
  expect(seen.at(-1)).toEqual([1, seen[0]?.[1], 'sent']);
  expect(seen.map(([count, key]) => [count, key])).toEqual(seen.map(() => [1, seen[0]?.[1]]));

  const receipt = await acked(alice, channel, 'by hand');
  await holds(bob, channel, 2);
  const stored = rows(bob, channel)[1];
  expect(receipt).toEqual({ conversationId: channel, epoch: stored?.epoch, seq: 3, at: stored?.at });
  expect(rows(alice, channel)[0]).toMatchObject({ seq: 2, at: rows(bob, channel)[0]?.at });
});

it('E3, B5: what is refused says why and is rolled back, for good when the person lets it go', async () => {
  const { alice, bob, channel } = await parley.people.aliceAndBobIn('refusals');
  await say(alice, channel, 'mine');
  await holds(bob, channel, 1);
  const shown = (client: ChatClient): unknown => rows(client, channel)[0]?.changes.edit?.content;

  const edit = await bob.edit(channel, 2, { suite: 'none', text: 'yours' });
  expect(shown(bob)).toEqual({ suite: 'none', text: 'yours' });
  await eventually('the edit is refused and taken back', () => bob.failed.length === 1 && shown(bob) === undefined);
  await bob.discard(edit);

  await expect(say(bob, channel, '\u0001'.repeat(8_000))).rejects.toMatchObject({ refusal: { kind: 'too_large' } });
  expect(rows(bob, channel)).toHaveLength(1);

  const secret = await alice.createChannel('secret', 'private', []);
  const uninvited = await say(bob, secret, 'let me in');
  expect(texts(bob, secret)).toEqual([]);
  expect(rows(bob, secret)).toHaveLength(1);
  await eventually('the message is refused', () => rows(bob, secret)[0]?.send.state === 'failed');
  expect(rows(bob, secret)[0]?.send).toMatchObject({ refusal: { kind: 'not_found' } });
  expect(bob.failed[0]?.refusal.message).toMatch(/^[A-Z].*\.$/);
  await bob.discard(uninvited);
  expect([bob.failed, rows(bob, secret)]).toEqual([[], []]);
  expect(texts(alice, channel)).toEqual(['mine']);
});

it('B5: after a reconnect the list is the one that the server has, without being asked', async () => {
  const alice = await parley.people.device('Alice', 0);
  const bob = await parley.people.device('Bob', 1);
  const bobId = bob.session.user.userId;
  const [kept, lost] = [
    await alice.createChannel('kept', 'private', [bobId]),
    await alice.createChannel('lost', 'private', [bobId]),
  ];
  await Promise.all([opened(bob, kept), opened(bob, lost)]);
  await parley.stack.apis[1]?.process.kill('SIGKILL');
  await eventually('Bob is cut off', () => bob.connection.state === 'waiting');
  for (let n = 1; n <= 5; n += 1) await acked(alice, kept, `missed ${n}`);
  await alice.removeMember(lost, bobId);
  const fresh = await alice.createChannel('fresh', 'private', [bobId]);
  await acked(alice, fresh, 'welcome');
  await parley.stack.apis[1]?.process.start();

  const list = (client: ChatClient): unknown[] =>
    client.conversations.map(({ name, head, unread, last }) => ({ name, head, unread, last }));
  await eventually('Bob is back', () => bob.connection.state === 'online');
  const other = await parley.people.device('Bob', 0);
  const wanted = (): boolean => list(other).length > 0 && JSON.stringify(list(bob)) === JSON.stringify(list(other));
  await eventually('both devices have one list', wanted).catch(() => expect(list(bob)).toEqual(list(other)));
  const names = bob.conversations.map(({ name }) => name);
  expect(names).toContain('fresh');
  expect(names).not.toContain('lost');
  expect(bob.conversations.find(({ name }) => name === 'kept')).toMatchObject({ unread: 5 });
});
