import { TcpProxy } from '@parley/battery/tcp-proxy';
import { unlimited } from '@parley/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { allAcked, messageCommand } from './stack/acked.ts';
import { parleyForFile } from './stack/parley.ts';
import { holds, opened, People, shown, texts } from './stack/people.ts';

const LINKS = 8;
const CLIENTS = 40;
const MESSAGES = 5_000;
/** The pace that the trap names: a batch of 25, twenty times a second. */
const BATCH = 25;
const EVERY_MS = 50;
/** So that each link is cut every three seconds or so. */
const BATCHES_PER_CUT = 8;

const parley = parleyForFile({ apis: 2, env: unlimited });
const links: TcpProxy[] = [];
const groups: People[] = [];

beforeAll(async () => {
  for (let at = 0; at < LINKS; at += 1) {
    const node = parley.stack.apis[at % 2];
    links.push(await TcpProxy.start({ port: Number(new URL(node?.url ?? '').port) }));
  }
  for (const { port } of links) groups.push(new People(parley.stack, `http://127.0.0.1:${port}`));
});
afterAll(async () => {
  await Promise.all(groups.map((each) => each.close()));
  await Promise.all(links.map((link) => link.close()));
});

it('trap 3: 40 clients flap while 500 events a second pass over two nodes: nothing is lost, nothing is shown twice', async () => {
  const { people } = parley;
  const alice = await people.setUp('Alice', 0);
  const bob = await people.join('Bob', 1);
  const channel = await alice.createChannel('flapping', 'private', [bob.session.user.userId]);
  const clients = [];
  for (let at = 0; at < CLIENTS; at += 1) clients.push(await (groups[at % LINKS] ?? people).device('Bob'));
  await Promise.all(clients.map((client) => opened(client, channel)));

  let cuts = 0;
  for (let from = 0; from < MESSAGES; from += BATCH) {
    const next = new Promise((soon) => setTimeout(soon, EVERY_MS));
    await allAcked(
      alice,
      Array.from({ length: BATCH }, (_, at) => messageCommand(channel, `message ${from + at}`)),
    );
    if ((from / BATCH) % BATCHES_PER_CUT === 0) {
      const link = links[(cuts += 1) % LINKS];
      link?.cut();
      link?.heal();
    }
    await next;
  }

  const wanted = Array.from({ length: MESSAGES }, (_, n) => `message ${n}`);
  for (const client of clients) {
    await holds(client, channel, MESSAGES);
    expect(texts(client, channel)).toEqual(wanted);
    expect(new Set(shown(client, channel)).size).toBe(MESSAGES);
  }
});
