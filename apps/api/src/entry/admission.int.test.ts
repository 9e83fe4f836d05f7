import type { Refusal } from '@parley/events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBackends, type Backends } from '../delivery/testing/backends.ts';
import { eventually } from '../delivery/testing/eventually.ts';
import { TestClient } from '../delivery/testing/test-client.ts';
import { person, startNode, type TestNode } from '../delivery/testing/test-node.ts';
import { Admission } from '../limits/admission.ts';

const forLong = { lineMs: 60_000, turnMs: 60_000 };

let backends: Backends;
let node: TestNode;
const clients: TestClient[] = [];

beforeAll(async () => {
  backends = await startBackends();
  node = await startNode(backends, { admission: new Admission({ atOnce: 2, inLine: 3, ...forLong }) });
  await eventually(() => node.ready(), 'the node is ready');
});
afterAll(async () => {
  for (const client of clients) client.close();
  await node[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

function come(inside: TestClient[], refused: Map<TestClient, Refusal>, on = node, who = person()): TestClient {
  const client = new TestClient(on, who);
  clients.push(client);
  client.socket.on('connect', () => inside.push(client));
  client.socket.on(
    'connect_error',
    (error: Error & { data?: Refusal }) => error.data && refused.set(client, error.data),
  );
  return client;
}

test('E10: a node lets in so many at once; others wait for their turn or come back, and whoever is in goes on', async () => {
  const alice = come([], new Map());
  await alice.ready();
  const { conversationId } = await alice.createGroup([person()]);

  const inside: TestClient[] = [];
  const refused = new Map<TestClient, Refusal>();
  for (let n = 0; n < 10; n += 1) come(inside, refused);
  await eventually(() => inside.length >= 2 && refused.size >= 5, 'two are in and five are told to come back');
  for (const { kind, retryAfterMs } of refused.values()) {
    expect(kind).toBe('not_ready');
    expect(retryAfterMs).toBeGreaterThan(0);
  }
  await alice.send(conversationId, 'While they wait.');
  expect([inside.length, refused.size]).toEqual([2, 5]);

  await inside[0]?.catchUp();
  await eventually(() => inside.length >= 3, 'who has synced makes room for one');
  inside[1]?.close();
  await eventually(() => inside.length >= 4, 'and so does who is gone');
  await alice.send(conversationId, 'One still waits.');
  expect([inside.length, refused.size]).toEqual([4, 5]);

  for (const client of inside.slice(2)) await client.catchUp();
  await eventually(() => inside.length >= 5, 'the line is empty');
  await inside[4]?.catchUp();
  for (const client of refused.keys()) {
    client.socket.connect();
    await client.ready();
  }
  expect(new Set(inside).size).toBe(10);
});

test('G13: one person takes so many places at most, also of those who wait; everybody else still comes in', async () => {
  await using small = await startNode(backends, {
    socketsEach: 2,
    admission: new Admission({ atOnce: 3, inLine: 3, ...forLong }),
  });
  await eventually(() => small.ready(), 'the node is ready');
  const eve = person();
  const inside: TestClient[] = [];
  const refused = new Map<TestClient, Refusal>();
  for (let n = 0; n < 6; n += 1) come(inside, refused, small, eve);
  await eventually(() => refused.size >= 4, 'four of six are told that they are too many');
  for (const { kind, retryAfterMs } of refused.values()) {
    expect(kind).toBe('rate_limited');
    expect(retryAfterMs).toBeGreaterThan(0);
  }
  await come([], new Map(), small).ready();

  inside[0]?.close();
  const [again] = refused.keys();
  await eventually(() => {
    if (again?.socket.active === false) again.socket.connect();
    return again?.socket.connected === true;
  }, 'a place that is given back is taken by another of them');
});
