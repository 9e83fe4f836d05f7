import type { DeviceId, Session } from '@parley/events';
import { idBinary, intents, openDatabase, sessions, users } from '@parley/read-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { AccessTokens } from './access-token.ts';
import {
  join,
  PASSWORD,
  SETUP_CODE,
  startServers,
  type Answer,
  type ApiNode,
  type Servers,
} from '../testing/api-node.ts';

let servers: Servers;
let one: ApiNode;
let two: ApiNode;
let alice: Session;

beforeAll(async () => {
  servers = await startServers();
  one = await servers.addNode();
  two = await servers.addNode();
});
afterAll(() => servers.close());

const times = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const statuses = (answers: readonly Answer<unknown>[]): number[] => answers.map(({ status }) => status).sort();
const nodeAt = (at: number): ApiNode => (at % 2 ? two : one);
const account = (username: string) => ({ name: username, username, password: PASSWORD, headless: true });

async function inviteFor(uses: number, hours = 1): Promise<string> {
  const { body } = await one.call('createInvite', { uses, hours }, { token: alice.accessToken });
  return body.code;
}

test('E4: the setup takes its code only, happens once in a race over two nodes, and makes an admin', async () => {
  const setup = (code: string, username: string) => ({ code, workspace: 'Acme', ...account(username) });
  expect(await one.call('setupState', {})).toMatchObject({ body: { needed: true } });
  expect(await one.call('setup', setup('another-code', 'eve'))).toMatchObject({
    status: 400,
    problem: { code: 'invalid' },
  });

  const answers = await Promise.all(times(6).map((at) => nodeAt(at).call('setup', setup(SETUP_CODE, `first${at}`))));
  expect(statuses(answers)).toEqual([200, 409, 409, 409, 409, 409]);
  const [winner] = answers.filter(({ status }) => status === 200);
  if (!winner) throw new Error('Nobody won the race.');
  alice = winner.body;
  expect(alice.user.role).toBe('admin');
  expect(alice.workspace.name).toBe('Acme');
  expect(await two.call('setupState', {})).toMatchObject({ body: { needed: false } });
  expect(await two.call('setup', setup(SETUP_CODE, 'late'))).toMatchObject({ status: 409 });
});

test('whoever sets up lands in general, and everybody who signs up as well', async () => {
  const bob = await join(two, alice, 'Bob');
  for (const session of [alice, bob]) {
    const { body } = await one.call('conversations', {}, { token: session.accessToken });
    expect(body.conversations.map(({ name }) => name)).toEqual(['general']);
  }
  const { body } = await two.call('users', { search: 'bo' }, { token: alice.accessToken });
  expect(body.users).toEqual([bob.user]);
});

test('E6: of many who want one name in different cases at once, exactly one gets it, and the others use up nothing', async () => {
  const invite = await inviteFor(20);
  const names = ['Carol', 'carol', 'CAROL', 'cArol', 'caRol', 'carOl'];
  const answers = await Promise.all(names.map((name, at) => nodeAt(at).call('signUp', { invite, ...account(name) })));
  expect(statuses(answers)).toEqual([200, 409, 409, 409, 409, 409]);
  const rest = await Promise.all(times(20).map((at) => nodeAt(at).call('signUp', { invite, ...account(`rest${at}`) })));
  expect(statuses(rest).filter((status) => status === 200)).toHaveLength(19);
});

test('an invite for three lets three in, however many come at once', async () => {
  const invite = await inviteFor(3);
  expect(await one.call('invite', {}, { path: { code: invite } })).toMatchObject({ body: { workspace: 'Acme' } });
  const answers = await Promise.all(
    times(9).map((at) => nodeAt(at).call('signUp', { invite, ...account(`many${at}`) })),
  );
  expect(statuses(answers)).toEqual([200, 200, 200, 404, 404, 404, 404, 404, 404]);
  expect(await one.call('invite', {}, { path: { code: invite } })).toMatchObject({ status: 404 });
});

test('an unknown invite says the same as one that is used up', async () => {
  const used = await inviteFor(1);
  await one.call('signUp', { invite: used, ...account('invited') });
  const [gone, never] = await Promise.all([
    one.call('signUp', { invite: used, ...account('x1') }),
    one.call('signUp', { invite: 'never-there', ...account('x2') }),
  ]);
  expect({ ...gone.problem, requestId: '' }).toEqual({ ...never.problem, requestId: '' });
});

test('E5: a wrong password and an unknown name get the same answer; operators are no credentials', async () => {
  const [wrong, unknown] = await Promise.all([
    one.call('signIn', { username: alice.user.username, password: 'not the password' }),
    one.call('signIn', { username: 'nobody', password: 'not the password' }),
  ]);
  expect(wrong.status).toBe(401);
  expect({ ...wrong.problem, requestId: '' }).toEqual({ ...unknown.problem, requestId: '' });
  const operator = { username: { $ne: null }, password: { $ne: null } } as never;
  expect(await one.call('signIn', operator)).toMatchObject({ status: 400, problem: { code: 'invalid' } });
});

test('a browser keeps its refresh token in a cookie that no script and no other site can use', async () => {
  const credentials = { username: alice.user.username.toUpperCase(), password: PASSWORD };
  const signedIn = await one.call('signIn', credentials, { headers: { origin: one.url } });
  expect(signedIn.body.refreshToken).toBeUndefined();
  const cookie = signedIn.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^parley_refresh=[\w-]{43}; Path=\/api\/v1; .*HttpOnly; SameSite=Strict$/);
  const sent = { cookie: cookie.split(';')[0] ?? '' };
  const elsewhere = { ...sent, origin: 'https://evil.example' };
  expect(await one.call('refresh', {}, { headers: elsewhere })).toMatchObject({ status: 400 });
  expect(await one.call('refresh', {}, { headers: sent })).toMatchObject({ status: 400 });
  const renewed = await two.call('refresh', {}, { headers: { ...sent, origin: two.url } });
  expect(renewed).toMatchObject({ status: 200, body: { deviceId: signedIn.body.deviceId } });
  expect(renewed.headers.get('set-cookie')).not.toContain(cookie.slice(15, 58));
});

async function signIn(): Promise<Session & { refreshToken: string }> {
  const { body } = await one.call('signIn', { username: alice.user.username, password: PASSWORD, headless: true });
  return { ...body, refreshToken: body.refreshToken ?? '' };
}

test('a token that is renewed twice at once, on two nodes, has one successor', async () => {
  const { refreshToken, deviceId } = await signIn();
  const answers = await Promise.all(times(6).map((at) => nodeAt(at).call('refresh', { refreshToken })));
  expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 200]);
  const successors = new Set(answers.map(({ body }) => body.refreshToken));
  expect(successors.size).toBe(1);
  expect(successors.has(refreshToken)).toBe(false);
  const [successor = ''] = successors;
  expect(await two.call('refresh', { refreshToken: successor })).toMatchObject({ status: 200, body: { deviceId } });
});

/** As if the last renewal of a session was so long ago. */
async function renewedBefore(deviceId: DeviceId, ms: number): Promise<void> {
  await using database = openDatabase(servers.mongo.url);
  const rotatedAt = new Date(Date.now() - ms);
  await database.collection(sessions).updateOne({ _id: idBinary(deviceId) }, { $set: { rotatedAt } });
}

async function isUsed(deviceId: DeviceId): Promise<boolean> {
  await using database = openDatabase(servers.mongo.url);
  const session = await database.collection(sessions).findOne({ _id: idBinary(deviceId) });
  return session?.usedAt !== undefined;
}

const A_MINUTE = 61_000;
const A_WEEK = 7 * 24 * 3_600_000;

test('a token whose renewal was answered in vain gives the same successor a week later, again and again', async () => {
  const { refreshToken, user, deviceId, accessToken } = await signIn();
  expect(await one.call('users', {}, { token: accessToken })).toMatchObject({ status: 200 });
  await eventually('the use before the renewal is noted', () => isUsed(deviceId));
  const { body } = await one.call('refresh', { refreshToken });
  // The client goes on with the access token that it has had for five minutes.
  const tokens = new AccessTokens(Buffer.from(servers.env.PARLEY_TOKEN_SECRET ?? '', 'base64url'));
  const { accessToken: token } = tokens.issue(user.userId, deviceId, Date.now() - 300_000);
  expect(await two.call('users', {}, { token })).toMatchObject({ status: 200 });
  for (const ms of [A_MINUTE, A_WEEK]) {
    await renewedBefore(deviceId, ms);
    const again = await two.call('refresh', { refreshToken });
    expect(again).toMatchObject({ status: 200, body: { deviceId, refreshToken: body.refreshToken } });
  }
  expect(await one.call('refresh', { refreshToken: body.refreshToken ?? '' })).toMatchObject({ status: 200 });
  expect(await two.call('refresh', { refreshToken })).toMatchObject({ status: 401 });
});

test('a token that comes back after its successor was renewed ends the session for both, however soon', async () => {
  const { refreshToken } = await signIn();
  const { body } = await one.call('refresh', { refreshToken });
  const { body: next } = await two.call('refresh', { refreshToken: body.refreshToken ?? '' });
  expect(await two.call('refresh', { refreshToken })).toMatchObject({ status: 401 });
  expect(await one.call('refresh', { refreshToken: next.refreshToken ?? '' })).toMatchObject({ status: 401 });
});

test('a token that comes back after what it was renewed to was used, on any node, ends the session for both', async () => {
  const { refreshToken, deviceId } = await signIn();
  const { body } = await one.call('refresh', { refreshToken });
  expect(await two.call('users', {}, { token: body.accessToken })).toMatchObject({ status: 200 });
  // Another tab that renewed at once may be slower than that.
  expect(await one.call('refresh', { refreshToken })).toMatchObject({ status: 200 });
  await eventually('its use is noted', () => isUsed(deviceId));
  await renewedBefore(deviceId, A_MINUTE);
  expect(await one.call('refresh', { refreshToken })).toMatchObject({ status: 401 });
  expect(await two.call('refresh', { refreshToken: body.refreshToken ?? '' })).toMatchObject({ status: 401 });
});

test('any older token of the family ends the session, not only the one before', async () => {
  const { refreshToken } = await signIn();
  let newest = refreshToken;
  for (let at = 0; at < 3; at += 1) {
    newest = (await nodeAt(at).call('refresh', { refreshToken: newest })).body.refreshToken ?? '';
  }
  expect(await two.call('refresh', { refreshToken })).toMatchObject({ status: 401 });
  expect(await one.call('refresh', { refreshToken: newest })).toMatchObject({ status: 401 });
  const other = await signIn();
  expect(await one.call('refresh', { refreshToken: 'A'.repeat(43) })).toMatchObject({ status: 401 });
  expect(await two.call('refresh', { refreshToken: other.refreshToken })).toMatchObject({ status: 200 });
});

test('G10: after a sign-out no token of the session is good, on any node', async () => {
  const { refreshToken, accessToken: token } = await signIn();
  expect(await two.call('conversations', {}, { token })).toMatchObject({ status: 200 });
  expect(await one.call('signOut', {}, { token })).toMatchObject({ status: 200 });
  expect(await one.call('conversations', {}, { token })).toMatchObject({ status: 401 });
  await eventually('the other node refuses the token', async () => {
    const { status } = await two.call('conversations', {}, { token });
    return status === 401;
  });
  expect(await two.call('refresh', { refreshToken })).toMatchObject({ status: 401 });
  expect(await two.call('refresh', { refreshToken: 'made-up' })).toMatchObject({ status: 401 });
});

test('only hashes of passwords and refresh tokens are kept', async () => {
  const { refreshToken } = await signIn();
  await using database = openDatabase(servers.mongo.url);
  const everything = JSON.stringify([
    await database.collection(users).find().toArray(),
    await database.collection(sessions).find().toArray(),
    await database.collection(intents).find().toArray(),
  ]);
  expect(everything).not.toContain(PASSWORD);
  expect(everything).not.toContain(Buffer.from(refreshToken, 'base64url').toString('base64'));
  expect(everything).not.toContain(Buffer.from(refreshToken).toString('base64'));
});

test('a sign-up that the log could not take is completed by the sweep, once', async () => {
  const invite = await inviteFor(1);
  await servers.redis.pause();
  const signedUp = await one.call('signUp', { invite, ...account('delayed') });
  await servers.redis.resume();
  expect(signedUp.status).toBe(200);
  const { accessToken: token, user } = signedUp.body;
  const general = await eventually('the newcomer is in general', async () => {
    const { body } = await two.call('conversations', {}, { token });
    return body.conversations.find(({ name }) => name === 'general');
  });
  const path = { conversationId: general.conversationId };
  const { body } = await two.call('history', { limit: 200 }, { token, path });
  const joined = body.events.filter(({ type, actor }) => type === 'member.joined' && actor.userId === user.userId);
  expect(joined).toHaveLength(1);
});
