import { createChatClient, type ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { unlimited } from '@parley/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { acked } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { parleyForFile } from './stack/parley.ts';
import { texts } from './stack/people.ts';

const CLIENTS = 60;
/** How long the first waits may be, in milliseconds: doubled each time, up to 3 s. */
const LONGEST = [250, 500, 1_000, 2_000, 3_000];
const PARTS = 10;

const parley = parleyForFile({ apis: 2, env: unlimited });
let alice: ChatClient;
let channel: ConversationId;
const clients: ChatClient[] = [];

const all = (state: string): boolean => clients.every((client) => client.connection.state === state);

beforeAll(async () => {
  alice = await parley.people.setUp('Alice', 1);
  const bob = await parley.people.join('Bob', 0);
  channel = await alice.createChannel('everybody', 'private', [bob.session.user.userId]);
  const { session } = bob;
  for (let n = 0; n < CLIENTS; n += 1)
    clients.push(await createChatClient({ server: parley.people.address(0), session }));
  const listed = (client: ChatClient): boolean => client.conversations.some((row) => row.conversationId === channel);
  await eventually('all are online and know the channel', () => all('online') && clients.every(listed));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
});

it(`E10: ${CLIENTS} clients lose their node: their next attempts are spread, and all come back and miss nothing`, async () => {
  const waits = clients.map(watchWaits);
  await parley.stack.apis[0]?.process.kill('SIGKILL');
  for (let n = 1; n <= 20; n += 1) await acked(alice, channel, `while away ${n}`);
  await eventually('each has tried often enough', () => waits.every((own) => own.length >= LONGEST.length));
  await parley.stack.apis[0]?.process.start();

  // Drawn evenly from the whole range: a tenth of the range gets a tenth of the waits, and two and a half times that is
  // out of reach for chance (8 standard deviations). Clients that wait alike would all be in one part.
  const parts = Array.from({ length: PARTS }, () => 0);
  for (const [at, longest] of LONGEST.entries())
    for (const own of waits) {
      const part = Math.min(PARTS - 1, Math.floor(((own[at] ?? 0) / longest) * PARTS));
      parts[part] = (parts[part] ?? 0) + 1;
    }
  expect(Math.max(...parts)).toBeLessThan((2.5 * CLIENTS * LONGEST.length) / PARTS);
  await eventually('all are online again', () => all('online'));
  const wanted = Array.from({ length: 20 }, (_, n) => `while away ${n + 1}`);
  await eventually('all are complete', () => clients.every((client) => texts(client, channel).length === 20));
  for (const client of clients) expect(texts(client, channel)).toEqual(wanted);
});

/** @returns the waits that a client chose since now, in milliseconds, growing. */
function watchWaits(client: ChatClient): number[] {
  const waits: number[] = [];
  client.on('connection', () => {
    const { connection } = client;
    if (connection.state === 'waiting') waits.push(connection.retryAt - Date.now());
  });
  return waits;
}
