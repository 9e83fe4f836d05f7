import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import {
  API,
  httpRoutes,
  MAX_FRAME_BYTES,
  newId,
  Problem,
  type ConversationId,
  type HttpRouteName,
  type Session,
} from '@parley/events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccessTokens } from '../accounts/access-token.ts';
import {
  accepted,
  createChannel,
  createGroup,
  join,
  say,
  setUp,
  startServers,
  type ApiNode,
  type Servers,
} from '../testing/api-node.ts';

let servers: Servers;
let node: ApiNode;
let alice: Session;
let bob: Session;
let eve: Session;
/** A group of Alice and Bob. */
let group: ConversationId;
let webDir: string;

const inlineScript = 'boot();';

beforeAll(async () => {
  webDir = await mkdtemp(joinPath(tmpdir(), 'parley-web-'));
  await mkdir(joinPath(webDir, '_app', 'immutable'), { recursive: true });
  await writeFile(joinPath(webDir, '200.html'), `<!doctype html><script>${inlineScript}</script>`);
  await writeFile(
    joinPath(webDir, '_app', 'immutable', 'app.abc123.js'),
    `export const text = '${'long '.repeat(1_000)}';`,
  );
  servers = await startServers();
  node = await servers.addNode({ PARLEY_WEB_DIR: webDir });
  alice = await setUp(node);
  bob = await join(node, alice, 'Bob');
  eve = await join(node, alice, 'Eve');
  group = await createGroup(node, alice, [bob]);
});
afterAll(async () => {
  await servers.close();
  await rm(webDir, { recursive: true });
});

const names = Object.keys(httpRoutes) as HttpRouteName[];
const guarded = names.filter((name) => httpRoutes[name].access !== 'public');

/** Paths that exist, so that nothing but the session decides. */
const path = (conversationId = group) => ({
  conversationId,
  userId: alice.user.userId,
  commandId: newId(),
  code: 'none',
});

async function raw(path: string, init: RequestInit = {}): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(node.url + path, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function problemIn(text: string): Problem {
  return Problem.parse(JSON.parse(text));
}

test('A4: every route says who may call it', () => {
  for (const name of names) expect(['public', 'user', 'member'], name).toContain(httpRoutes[name].access);
  const open = names.filter((name) => httpRoutes[name].access === 'public');
  expect(open.sort()).toEqual(['invite', 'refresh', 'setup', 'setupState', 'signIn', 'signUp']);
});

test.each(guarded)('A4: %s is refused with 401 without a session, with noise and with a forged token', async (name) => {
  const { userId, deviceId } = { userId: alice.user.userId, deviceId: alice.deviceId };
  const forged = new AccessTokens(Buffer.alloc(32, 1)).issue(userId, deviceId).accessToken;
  for (const token of [undefined, '', 'noise', forged, `${alice.accessToken}x`]) {
    const answer = await node.call(name, {}, { path: path(), ...(token !== undefined && { token }) });
    expect(answer).toMatchObject({ status: 401, problem: { code: 'unauthenticated' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  }
});

test('A4: the token in a query or a cookie is not a session', async () => {
  const { accessToken } = alice;
  expect(await raw(`${API}/conversations?token=${accessToken}`)).toMatchObject({ status: 401 });
  expect(await raw(`${API}/conversations`, { headers: { cookie: `token=${accessToken}` } })).toMatchObject({
    status: 401,
  });
});

const ofConversation = names.filter((name) => httpRoutes[name].access === 'member');

test.each(ofConversation)('G11: to an outsider %s says the same bytes as for what does not exist', async (name) => {
  const ask = async (conversationId: ConversationId): Promise<string> => {
    const options = { token: eve.accessToken, path: path(conversationId) };
    const { status, problem } = await node.call(name, {}, options);
    return JSON.stringify([status, { ...problem, requestId: '' }]);
  };
  const never = await ask(newId<ConversationId>());
  expect(never).toContain('[404,');
  expect(await ask(group)).toBe(never);
});

test('G10: a removed member reads nothing any more, and everybody else goes on', async () => {
  const conversationId = await createGroup(node, alice, [bob, eve]);
  const read = (who: Session) => node.call('history', {}, { token: who.accessToken, path: { conversationId } });
  expect(await read(eve)).toMatchObject({ status: 200 });
  await accepted(node, alice, { type: 'member.remove', conversationId, userId: eve.user.userId });
  await say(node, alice, conversationId, 'She is gone.');
  expect(await read(eve)).toMatchObject({ status: 404 });
  expect((await read(bob)).body.last).toBe(3);
});

test('everybody in the workspace may read a public channel without joining it, and no private one', async () => {
  const read = (conversationId: ConversationId) =>
    node.call('history', {}, { token: eve.accessToken, path: { conversationId } });
  expect(await read(await createChannel(node, alice, 'public'))).toMatchObject({ status: 200, body: { last: 1 } });
  expect(await read(await createChannel(node, alice, 'private'))).toMatchObject({ status: 404 });
});

const json = { 'content-type': 'application/json' };

test.each([
  ['broken JSON', json, '{"username":', 400],
  ['no object', json, '[]', 400],
  ['an unknown field', json, '{"username":"alice","password":"x","role":"admin"}', 400],
  ['a prototype', json, '{"__proto__":{"admin":true},"username":"alice","password":"x"}', 400],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'username=alice', 400],
  ['plain text', { 'content-type': 'text/plain' }, '{}', 400],
  ['a compressed body', { ...json, 'content-encoding': 'gzip' }, 'x', 400],
  ['deep nesting', json, '['.repeat(50_000), 400],
  ['too much', json, JSON.stringify({ username: 'x'.repeat(MAX_FRAME_BYTES), password: 'x' }), 413],
] as const)(
  'trap 30: a request with %s is refused as a problem, and the next one is answered',
  async (_, headers, body, status) => {
    const answer = await raw(`${API}/sign-in`, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const problem = problemIn(answer.text);
    expect(problem.requestId).toBe(answer.headers.get('x-request-id'));
    expect(answer.text).not.toMatch(/at .*\.ts|node_modules|zod/i);
    expect(await node.call('conversations', {}, { token: alice.accessToken })).toMatchObject({ status: 200 });
  },
);

test.each([
  ['a limit beyond all bounds', { limit: 100_000 }],
  ['an operator', { 'before[$gt]': 1 }],
  ['before and after', { before: 3, after: 1 }],
  ['text for a number', { after: 'x' }],
])('a page of history with %s is refused', async (_, request) => {
  const answer = await node.call('history', request as never, { token: alice.accessToken, path: path() });
  expect(answer).toMatchObject({ status: 400, problem: { code: 'invalid' } });
});

test("trap 30: a page of a foreign origin can not send in anybody's name", async () => {
  const commands = { commands: [] } as never;
  const headers = { origin: 'https://evil.example' };
  expect(await node.call('command', commands, { token: alice.accessToken, headers })).toMatchObject({ status: 400 });
});

test.each([
  `${API}/nothing`,
  `${API}/conversations/x/history`,
  `${API}/`,
  '/metrics',
  '/_app/immutable/none.js',
  '/../package.json',
])('what does not exist at %s is a problem with 404', async (address) => {
  const headers = { authorization: `Bearer ${alice.accessToken}` };
  const answer = await raw(address, { headers });
  expect(answer.status).toBe(404);
  expect(problemIn(answer.text).code).toBe('not_found');
});

test('the web app is served with a policy that allows its own inline script and nothing else', async () => {
  const page = await raw('/c/some/where', { headers: { accept: 'text/html' } });
  expect(page).toMatchObject({ status: 200, text: `<!doctype html><script>${inlineScript}</script>` });
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]{43}='/);
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).toContain('trusted-types svelte-trusted-html sveltekit-trusted-url dompurify');
  expect(policy).not.toContain('unsafe-inline');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  expect(page.headers.get('x-powered-by')).toBeNull();
});

test('hashed files are kept for ever and travel compressed; answers with a token do neither', async () => {
  const headers = { 'accept-encoding': 'gzip' };
  const file = await raw('/_app/immutable/app.abc123.js', { headers });
  expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(file.headers.get('content-encoding')).toBe('gzip');
  const answer = await node.call('refresh', { refreshToken: alice.refreshToken ?? '' }, { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-encoding')).toBeNull();
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

test('health: alive, ready and a version, for everybody', async () => {
  expect(await raw('/health/live')).toMatchObject({ status: 200, text: '{"live":true}' });
  expect(await raw('/health/ready')).toMatchObject({ status: 200, text: '{"ready":true,"reasons":[],"impaired":[]}' });
  expect(JSON.parse((await raw('/version')).text)).toEqual({ version: '0.1.0', protocol: 4 });
});
