import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lateness } from '@parley/battery/node-watch';
import type { ChatClient } from '@parley/client';
import type { ConversationId } from '@parley/events';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { acked } from './stack/acked.ts';
import { eventually } from './stack/eventually.ts';
import { LightClient } from './stack/light-client.ts';
import { parleyForFile } from './stack/parley.ts';
import { opened, say, texts } from './stack/people.ts';
import { numbered } from './stack/seeding.ts';

const CLIENTS = 2_000;
/** Each has that part of them as devices: as many as a node lets one person have, or fewer. */
const PEOPLE = 40;
const MISSED = 20;
/** The channel's creation, and what is said in it. */
const EVENTS = 1 + MISSED;
/** For machines that are slow; nothing is measured by it. */
const PATIENCE_MS = 180_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-lateness-'));
});
afterAll(() => rm(folder, { recursive: true }));

const parley = parleyForFile(() => {
  const program = import.meta.resolve('@parley/battery/loop-lateness');
  return { apis: 2, envOf: { api: { NODE_OPTIONS: `--import=${program}`, PARLEY_LATENESS: folder } } };
});
const crowd: LightClient[] = [];
let alice: ChatClient;
let bob: ChatClient;
let aside: ConversationId;
let everybody: ConversationId;
/** Which node the crowd comes to. */
let node = 1;

/** Alice and Bob are on the first node; all others come to the second. */
beforeAll(async () => {
  const { people } = parley;
  [alice, bob] = [await people.setUp('Alice'), await people.join('Bob')];
  aside = await alice.createChannel('aside', 'private', [bob.session.user.userId]);
  await Promise.all([alice, bob].map((client) => opened(client, aside)));
  const others: ChatClient[] = [];
  for (let n = 1; n <= PEOPLE; n += 1) others.push(await people.join(`Carol${n}`));
  const members = others.map((client) => client.session.user.userId);
  everybody = await alice.createChannel('everybody', 'private', members);
  await Promise.all(others.map((client) => client.close()));

  const began = performance.now();
  const door = (): string => people.address(node).baseUrl;
  for (const { session } of others)
    for (let n = 0; n < CLIENTS / PEOPLE; n += 1) crowd.push(new LightClient(door, session.accessToken));
  await eventually('all are in for the first time', () => crowd.every(({ synced }) => synced), PATIENCE_MS);
  console.log(`E10: ${CLIENTS} came for the first time within ${secondsSince(began)} s`);
});
afterAll(() => {
  for (const client of crowd) client.close();
});

it(`E10: ${CLIENTS} clients lose their node at once: another takes all of them in, who is on it talks on, and nobody misses anything`, async () => {
  const [since, began, refused] = [Date.now(), performance.now(), refusals()];
  node = 0;
  await parley.stack.apis[1]?.process.kill('SIGKILL');
  const missed = sayToAll();

  const took: number[] = [];
  await eventually(
    'all are complete',
    async () => {
      took.push(await talk(took.length + 1));
      return crowd.every((client) => client.synced && client.reach(everybody) >= EVENTS);
    },
    PATIENCE_MS,
  );
  await missed;
  console.log(`E10: all ${CLIENTS} are complete after ${secondsSince(began)} s; ${refusals() - refused} times "later"`);
  took.sort((one, other) => one - other);
  const [median, slowest] = [took[took.length >> 1], took.at(-1)].map((ms) => ms?.toFixed(0));
  console.log(
    `E10: ${took.length} messages went on meanwhile, heard after ${median} ms in the median, ${slowest} at most`,
  );
  console.log(`E10: of a hundred timers of the node, 99 were not later than ${await lateness(folder, since)} ms`);

  expect(crowd.flatMap(({ errors }) => errors)).toEqual([]);
  for (const client of crowd) expect(client.reach(everybody)).toBe(EVENTS);
  expect(took.length).toBeGreaterThan(1);
  expect(texts(bob, aside)).toEqual(numbered('message', took.length));
  expect([alice, bob].map((client) => client.connection.state)).toEqual(['online', 'online']);
});

async function sayToAll(): Promise<void> {
  for (const text of numbered('while they come', MISSED)) await acked(alice, everybody, text);
}

/** Alice says something to Bob. @returns after how many milliseconds Bob shows it. */
async function talk(count: number): Promise<number> {
  const began = performance.now();
  await say(alice, aside, `message ${count}`);
  await eventually(`Bob hears message ${count}`, () => texts(bob, aside).length === count);
  return performance.now() - began;
}

const refusals = (): number => crowd.reduce((sum, client) => sum + client.refusals, 0);
const secondsSince = (began: number): string => ((performance.now() - began) / 1_000).toFixed(1);
