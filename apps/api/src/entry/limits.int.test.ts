import {
  newId,
  PROTOCOL_VERSION,
  type Command,
  type CommandId,
  type CommandResults,
  type ConversationId,
  type Session,
  type SocketReply,
} from '@parley/events';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createGroup,
  join,
  PASSWORD,
  say,
  setUp,
  startServers,
  type ApiNode,
  type Servers,
} from '../testing/api-node.ts';
import { eventually } from '../testing/eventually.ts';

let servers: Servers;
let node: ApiNode;
let alice: Session;
let bob: Session;
let group: ConversationId;
const sockets: Socket[] = [];

beforeAll(async () => {
  servers = await startServers();
  node = await servers.addNode({ PARLEY_LIMITS: 'on' });
  alice = await setUp(node);
  bob = await join(node, alice, 'Bob');
  group = await createGroup(node, alice, [bob]);
});
afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await servers.close();
});

async function connect({ accessToken: token }: Session): Promise<Socket> {
  const auth = { token, protocol: PROTOCOL_VERSION };
  const socket = io(node.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth });
  sockets.push(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('connect_error', reject);
  });
  return socket;
}

const message = (text: string): Command => ({
  type: 'message.send',
  commandId: newId<CommandId>(),
  conversationId: group,
  content: { suite: 'none', text },
});

const ask = (socket: Socket, commands: Command[]): Promise<SocketReply<CommandResults>> =>
  socket.timeout(60_000).emitWithAck('command', { commands }) as Promise<SocketReply<CommandResults>>;

/** More at once than anybody may, so that the next is refused for a while. */
async function exhaust(socket: Socket): Promise<SocketReply<CommandResults>[]> {
  const batch = (at: number): Command[] => Array.from({ length: 50 }, (_, n) => message(`${at}.${n}`));
  return Promise.all(Array.from({ length: 40 }, (_, at) => ask(socket, batch(at))));
}

test('B15F, E26: who sends too much is refused with the time to wait, on the socket and by HTTP alike, and by that alone', async () => {
  const socket = await connect(alice);
  const answers = await exhaust(socket);
  const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.refusal]));
  expect(answers.filter(({ ok }) => ok).length).toBeGreaterThanOrEqual(2);
  expect(refused.length).toBeGreaterThan(0);
  for (const refusal of refused) {
    expect(refusal).toMatchObject({ kind: 'rate_limited', retryAfterMs: expect.any(Number) as number });
    expect(refusal.retryAfterMs).toBeGreaterThan(0);
  }

  const byHttp = await eventually('HTTP says the same', async () => {
    await exhaust(socket);
    const answer = await node.call('command', { commands: [message('by HTTP')] }, { token: alice.accessToken });
    return answer.status !== 200 && answer;
  });
  expect(byHttp).toMatchObject({ status: 429, problem: { code: 'rate_limited' } });
  expect(byHttp.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(byHttp.problem.retryAfterMs).toBeGreaterThan(0);

  const others = await ask(await connect(bob), [message('not touched')]);
  expect(others).toMatchObject({ ok: true, reply: { results: [{ receipt: { conversationId: group } }] } });
  await say(node, bob, group, 'nor by HTTP');

  expect(socket.connected).toBe(true);
  const mine = message('after the wait');
  await eventually('the same command passes later over the same socket', async () => (await ask(socket, [mine])).ok);
  const read = await node.call('history', {}, { token: alice.accessToken, path: { conversationId: group } });
  expect(read.status).toBe(200);
});

test('E5, B15F: the password of one name can not be guessed fast; another name from the same address gets in', async () => {
  const guess = { username: 'alice', password: 'not the password', headless: true };
  const answers = await Promise.all(Array.from({ length: 25 }, () => node.call('signIn', guess)));
  const limited = answers.filter(({ status }) => status === 429);
  expect(limited.length).toBeGreaterThan(0);
  for (const { headers } of limited) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(await node.call('signIn', { ...guess, username: 'bob', password: PASSWORD })).toMatchObject({ status: 200 });
});
