import type { ChannelList, HttpRequestOf, Session, Visibility } from '@parley/events';
import { AppProcess } from '@parley/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accepted, setUp, startServers, type ApiNode, type Servers } from '../testing/api-node.ts';
import { eventually } from '../testing/eventually.ts';

const names = ['Harbour', 'harbour-quay', 'ships (new)', 'Überfahrt', 'weather.*'];
let servers: Servers;
let node: ApiNode;
let worker: AppProcess;
let alice: Session;

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode();
  worker = new AppProcess({ role: 'worker', env: servers.env });
  alice = await setUp(node);
  for (const name of names) await create(name, 'public');
  await create('Harbour office', 'private');
  await worker.start();
  await eventually('all channels are projected', async () => (await channels({})).channels.length === names.length + 1);
});
afterAll(async () => {
  await worker.kill();
  await servers.close();
});

async function create(name: string, visibility: Visibility): Promise<void> {
  const settings = { kind: 'channel' as const, name, visibility, members: [] };
  await accepted(node, alice, { type: 'conversation.create', ...settings });
}

async function channels(request: HttpRequestOf<'channels'>): Promise<ChannelList> {
  const { status, body } = await node.call('channels', request, { token: alice.accessToken });
  expect(status).toBe(200);
  return body;
}

async function found(search: string): Promise<string[]> {
  return (await channels({ search })).channels.map(({ name }) => name);
}

test('public channels are found by a part of their name, without regard to case', async () => {
  expect(await found('ARB')).toEqual(['Harbour', 'harbour-quay']);
  expect(await found('quay')).toEqual(['harbour-quay']);
  expect(await found('über')).toEqual(['Überfahrt']);
  expect(await found('office')).toEqual([]);
  expect(await found('')).toHaveLength(names.length + 1);
});

test('trap 30: what is searched for is text, never a pattern', async () => {
  expect(await found('.*')).toEqual(['weather.*']);
  expect(await found('(new)')).toEqual(['ships (new)']);
  expect(await found('^h')).toEqual([]);
});

test('a search goes on behind its first page', async () => {
  const first = await channels({ search: 'har', limit: 1 });
  expect(first.channels.map(({ name }) => name)).toEqual(['Harbour']);
  const second = await channels({ search: 'har', limit: 1, after: first.next ?? '' });
  expect(second.channels.map(({ name }) => name)).toEqual(['harbour-quay']);
  expect(second.next).toBeNull();
});
