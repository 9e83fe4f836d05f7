import { readFile } from 'node:fs/promises';
import { PROTOCOL_VERSION, type Session } from '@parley/events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setUp, startServers, type ApiNode, type Servers } from '../testing/api-node.ts';

let page: string;
let servers: Servers;
let node: ApiNode;
let alice: Session;

beforeAll(async () => {
  page = await readFile(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8');
  servers = await startServers();
  node = await servers.addNode();
  alice = await setUp(node);
});
afterAll(() => servers.close());

/** A bare WebSocket, as the page describes it. @returns its frames in order. */
async function* frames(first: string): AsyncGenerator<string> {
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  const waiting: string[] = [];
  let wake = (): void => undefined;
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    waiting.push(data);
    wake();
  };
  socket.onopen = () => socket.send(first);
  for (;;) {
    const frame = waiting.shift();
    if (frame !== undefined) yield frame;
    else await new Promise<void>((more) => (wake = more));
  }
}

/** @returns what the first push of this name carries. */
async function pushIn(heard: AsyncGenerator<string>, wanted: string): Promise<unknown> {
  for await (const frame of heard) {
    const [name, value] = frame.startsWith('42') ? (JSON.parse(frame.slice(2)) as [string, unknown]) : [];
    if (name === wanted) return value;
  }
  return undefined;
}

/** @returns the JSON that a text on the page has in the place of the brackets. */
function onPage(place: RegExp): unknown {
  const text = place.exec(page)?.[1];
  if (text === undefined) throw new Error(`The page has nothing like ${place.source}.`);
  return JSON.parse(text);
}

test('the page of the protocol shows the frames with which a node opens and drains', async () => {
  const auth = { token: alice.accessToken, protocol: PROTOCOL_VERSION };
  const heard = frames(`40${JSON.stringify(auth)}`);
  const opening = JSON.parse(((await heard.next()).value as string).slice(1)) as Record<string, unknown>;
  expect({ ...opening, sid: '…' }).toEqual(onPage(/^S 0(\{.*\})$/m));
  expect((await heard.next()).value).toMatch(/^40\{/);
  void node.app[Symbol.asyncDispose]();
  expect(await pushIn(heard, 'drain')).toEqual(onPage(/`drain`\s*\| `(\{.*?\})`/));
});

test('the page is of the version that the code speaks', () => {
  expect(page).toMatch(new RegExp(`^# The wire protocol, version ${PROTOCOL_VERSION}$`, 'm'));
  expect(page).toContain(`C 40{"token":"eyJ…","protocol":${PROTOCOL_VERSION}}`);
});
